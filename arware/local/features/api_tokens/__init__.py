"""API tokens: what programs show in place of a login."""

from __future__ import annotations

from typing import Any

from arware.kit.web import Config

from ...events import EmailVerified
from . import commands, flow


def includeme(config: Config) -> None:
    """Add the operator's commands, and end what a stranger may have made."""
    config.on(EmailVerified, end_those_before)
    config.add_operator_command("token", commands.token)


def end_those_before(happening: Any) -> None:
    """End the API tokens of who first proves an address: a stranger may hold them."""
    event = happening.event
    if event.first:
        flow.revoke_all(happening.realm, happening.db, event.user_id, happening.caller)
