"""
Trusted browsers: a browser in which the second factor is not asked for, for some days.

Off unless ``realm.trusted_browsers.days`` says for how many. Then the step that asks
for a second factor has a box, and who ticks it is asked for the first proof alone in
that browser. It stands in for no fresh proof. A change of the password or of a second
factor ends it, as does the first proof of the address. People see and remove their
browsers on the account page (RQ-S3).
"""

from __future__ import annotations

from arware.kit.web import Config, Field, forms

from ...events import EmailVerified, LoginSucceeded
from ...request import RealmRequest
from ...texts import _
from . import flow
from .settings import TrustedBrowsers
from .views import hint, section

BOX = forms.checkbox(_("Trust this browser"))


def includeme(config: Config) -> None:
    """Add the box to the steps, the section to the account page, and the trust."""
    config.add_feature_settings(TrustedBrowsers)
    config.add_route("trusted_browser_remove", "/profile/trusted-browsers/remove")
    config.add_field("step", flow.BOX, box)
    config.add_to_page("step.fields", "trusted_browsers/field.jinja2", values=hint)
    config.add_to_page(
        "account.section", "trusted_browsers/section.jinja2", order=42, load=section
    )
    config.set_trust(flow.is_trusted)
    config.on(LoginSucceeded, flow.trust)
    config.on(EmailVerified, flow.end_all)
    config.add_kept("trusted browsers", flow.forget, seconds=lambda _settings: 0)
    config.scan_views()


def box(request: RealmRequest) -> Field[bool] | None:
    """Return the box, for a login and not for a fresh proof."""
    return None if hint(request) is None else BOX
