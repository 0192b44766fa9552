"""
The core's pages: each reads a request, lets a flow decide, and says the result.

One line includes one of those that are not yet features.
"""

from __future__ import annotations

from typing import Any

from ..request import RealmRequest
from ..sessions import Visitor
from . import accounts, api, entry, keys, login, mailbox, profile, signup
from .base import redirect_uri_deriver


def includeme(config: Any) -> None:
    """Add the core's routes and permissions, and the older pages."""
    config.add_view_deriver(redirect_uri_deriver, "redirect_uri", under="strict")
    config.add_permission_rule("member", is_member, route="login")
    config.add_route("logout", "/logout")
    for part in (keys, api, entry, login, signup, accounts, profile, mailbox):
        config.include(part)


def is_member(_request: RealmRequest, _visitor: Visitor) -> bool:
    """Let everybody in who is logged in."""
    return True
