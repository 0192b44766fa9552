"""What happens to API tokens."""

from __future__ import annotations

from dataclasses import dataclass

from ...events import Event
from ...texts import _


@dataclass(frozen=True, kw_only=True)
class ApiTokenCreated(Event):
    """An API token was made for the user; *name* says what for."""

    type = "api_token.created"
    title = _("An API token was made.")
    notice = _("An API token was made for your account.")
    labels = (("name", _("Name")),)

    token_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ApiTokenRevoked(Event):
    """An API token was ended for good."""

    type = "api_token.deleted"
    title = _("An API token was ended.")

    token_id: str
