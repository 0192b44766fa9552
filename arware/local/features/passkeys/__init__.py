"""
Passkeys: to log in with, alone or as a second factor, and to sign up with.

Words: a *ceremony* asks an authenticator for a passkey, its *answer* is signed. A
passkey belongs to a host name, *rp_id*, so it needs one: ``http://localhost`` to
develop, no address of numbers. A page of the account adds and removes them. By itself a
passkey logs in without a name, at the login page or in the list of the field for the
name. A login by password asks for one at ``/login/passkey``, of who has one. Who signs
up with one gets a link by mail. ``arware realm user remove-passkeys`` takes them away.

Needs the package ``webauthn``: without it none is offered. Settings:
``realm.passkeys.rp_id``, ``second_factor`` and ``minutes``.
"""

from __future__ import annotations

from arware.kit.operator import Action
from arware.kit.web import Config, Phase

from ...events import EmailVerified, LockedDown
from ...texts import _
from . import flow, keeping, signup, site
from .flow import protected as protected
from .settings import Passkeys
from .views import pieces

REMOVE = Action(
    label=_("Remove the passkeys"),
    text=_(
        "For people who lost their passkeys. They can log in with their password "
        "alone again, or choose a new one by e-mail, and their logins end. Make "
        "sure that the request comes from them."
    ),
    done=_("This account has no passkeys any more."),
    do=keeping.take_away,
    offered=flow.has_one,
)


def includeme(config: Config) -> None:
    """Join."""
    config.add_feature_settings(Passkeys)
    config.add_check(site.check)
    config.add_route("passkeys", "/profile/passkeys")
    config.add_route("passkey_remove", "/profile/passkeys/remove")
    config.add_route("passkey_options", "/passkey/options/{purpose}")
    config.add_route("passkey_login", "/passkey/login")
    config.add_route("passkey_proof", "/passkey/proof")
    config.add_route("passkey_step", "/login/passkey")
    config.add_route("passkey_signup", "/signup/passkey")
    config.add_route("passkey_new", "/signup/passkey/new")
    config.add_token_kind(
        signup.KIND, minutes=lambda settings: settings[Passkeys].minutes
    )
    config.add_login_step(
        "passkey", phase=Phase.FACTOR, route="passkey_step", needed=flow.is_needed
    )
    config.add_way_in("passkey", flow.has_one)
    pieces.add(config)
    config.add_operator_action("remove-passkeys", REMOVE)
    config.add_kept(
        "answered challenges of passkeys", flow.forget_challenges, seconds=lambda _: 0
    )
    config.on(EmailVerified, keeping.forget)
    config.on(LockedDown, keeping.end_all)
    config.scan_views()
