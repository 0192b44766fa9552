"""
Remember me: a box on the login and the sign-up, for a login that lasts longer.

Other ways in have it, too, whose forms are open to it as ``way_in``.

Who ticks it stays logged in when the browser is closed, for ``realm.remember.days``,
and ``realm.remember.idle_days`` without coming back. It is a longer session and
nothing else: who has a second factor is asked for it as before, and after it a login
lasts no longer than one of two factors (RQ-S3).
"""

from __future__ import annotations

from arware.kit.web import Config, Field, forms

from ...events import LoginSucceeded
from ...request import RealmRequest
from ...texts import _
from . import flow
from .settings import Remember

LABEL, HINT = _("Remember me"), _("Do not tick this in a browser that others use.")
BOXES = {
    ticked: forms.checkbox(LABEL, hint=HINT, ticked=ticked) for ticked in (False, True)
}


def includeme(config: Config) -> None:
    """Add the box to the forms, and hear of the logins."""
    config.add_feature_settings(Remember)
    for form in ("login", "signup", "way_in"):
        config.add_field(form, flow.BOX, box)
        config.add_to_page(f"{form}.fields", "remember/field.jinja2", order=200)
    config.on(LoginSucceeded, flow.remember)


def box(request: RealmRequest) -> Field[bool]:
    """Return the box as it is before somebody touches it."""
    return BOXES[request.realm.settings[Remember].ticked]
