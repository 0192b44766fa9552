"""
API tokens: what programs show in place of a login.

An operator makes them by a command. Where ``realm.api_tokens.self_service`` is true,
people do by themselves, on their account page: as many as they have programs, each with
a name, an end, and those of their permissions that the program needs (AK-N05).
"""

from __future__ import annotations

from typing import Any

from arware.kit.web import Config

from ...events import AccountClosing, EmailVerified, LockedDown
from . import commands, flow
from .settings import ApiTokens
from .views import section


def includeme(config: Config) -> None:
    """Add the pages and the command, and end what a stranger may have made."""
    config.add_feature_settings(ApiTokens)
    config.add_route("api_tokens", "/profile/tokens")
    config.add_route("api_token", "/profile/tokens/new")
    config.add_to_page(
        "account.section", "api_tokens/section.jinja2", order=70, load=section
    )
    config.on(EmailVerified, end_those_before)
    config.on(LockedDown, end_all)
    config.on(AccountClosing, end_all)
    config.add_operator_command("token", commands.token)
    config.scan_views()


def end_all(happening: Any) -> None:
    """End all API tokens of the user whom the event is about."""
    event = happening.event
    flow.revoke_all(happening.realm, happening.db, event.user_id, happening.caller)


def end_those_before(happening: Any) -> None:
    """End those from before the first proof of an address: a stranger may hold them."""
    if happening.event.first:
        end_all(happening)
