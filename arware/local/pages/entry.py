"""``/``: the entry, which is the login page."""

from __future__ import annotations

from typing import Any

from ..request import RealmRequest
from .base import redirect


def includeme(config: Any) -> None:
    """Add the page."""
    config.add_route("entry", "/")
    config.add_view(show, route_name="entry", request_method="GET")


def show(request: RealmRequest) -> Any:
    """Send on to the login page."""
    prompt = request.query.get("prompt")
    return redirect(request.own_url("/login", prompt=prompt), 302)
