"""
Create an account of one's own.

What else a new user gets, an org or a link to confirm the address, other features add:
they hear of ``UserCreated``, and may put a step between the sign-up and the session.
"""

from __future__ import annotations

from typing import Any

from arware.kit.web import Config

from ...request import RealmRequest


def includeme(config: Config) -> None:
    """Add the page, and the way to it from the login."""
    config.add_route("signup", "/signup")
    config.add_to_page("login.below", "signup/link.jinja2", order=50, values=link)
    config.scan_views()


def link(request: RealmRequest) -> dict[str, Any] | None:
    """Draw the way to the page while strangers may sign up."""
    return {} if request.realm.settings.signup == "open" else None
