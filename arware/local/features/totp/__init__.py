"""
One-time passwords: a code from an authenticator application as a second factor.

A section of the account page leads to where they are switched on and off. Once they are
on, a login asks for a code at ``/login/totp``. ``arware realm user remove-totp`` takes
them away from a user who lost the application. Settings: ``realm.totp.window``.
"""

from __future__ import annotations

from arware.kit.operator import Action
from arware.kit.web import Config, Phase

from ...events import EmailVerified
from ...texts import _
from . import flow
from .flow import protected as protected
from .settings import Totp
from .views import section, way

REMOVE = Action(
    label=_("Switch off one-time passwords"),
    text=_(
        "For people who lost their phone. They can log in with their password alone "
        "again, and their logins end. Make sure that the request comes from them."
    ),
    done=_("One-time passwords are off for this account."),
    do=flow.take_away,
    offered=lambda _realm, db, user: flow.is_on(db, user),
)


def includeme(config: Config) -> None:
    """Join."""
    config.add_feature_settings(Totp)
    config.add_route("totp", "/profile/totp")
    config.add_route("totp_off", "/profile/totp/off")
    config.add_route("totp_step", "/login/totp")
    config.add_login_step(
        "totp", phase=Phase.FACTOR, route="totp_step", needed=flow.is_needed
    )
    config.add_to_page("account.section", "totp/section.jinja2", order=40, load=section)
    config.add_to_page("step.below", "totp/way.jinja2", order=40, load=way)
    config.add_operator_action("remove-totp", REMOVE)
    config.on(EmailVerified, flow.forget)
    config.scan_views()
