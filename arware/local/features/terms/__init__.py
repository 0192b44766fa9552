"""
Terms of service, which people accept: when they sign up, and when there are new ones.

Words: a *version* is what the realm's settings call the present text, a date perhaps.
Whoever has not accepted it is asked at the next login, after all proofs. What was
accepted when is kept, but not what a stranger may have accepted who signed up with
somebody's address: its owner is asked. Settings: ``realm.terms.version``, ``url`` and
``privacy_url``; without a version nobody is asked.
"""

from __future__ import annotations

from typing import Any

from arware.kit.web import Config, Field, Phase

from ...events import EmailVerified
from ...request import RealmRequest
from . import flow, forms
from .settings import Terms


def includeme(config: Config) -> None:
    """Add the box to the sign-up, and the step to the login."""
    config.add_feature_settings(Terms)
    config.add_route("terms", "/login/terms")
    config.add_field("signup", "terms", box, write=flow.accept_new)
    config.add_field("terms", "terms", box)
    config.add_to_page("signup.fields", "terms/box.jinja2", order=200, values=links)
    config.add_login_step(
        flow.STEP, phase=Phase.CONSENT, route="terms", needed=flow.is_needed
    )
    config.on(EmailVerified, flow.forget)
    config.scan_views()


def box(request: RealmRequest) -> Field[str] | None:
    """Return the box to tick, where there are terms."""
    version = request.realm.settings[Terms].version
    return forms.box(version) if version else None


def links(request: RealmRequest) -> dict[str, Any] | None:
    """Return what the box says."""
    terms = request.realm.settings[Terms]
    return {"terms": terms} if terms.version else None
