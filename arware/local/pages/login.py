"""``/login``."""

from __future__ import annotations

from typing import Any

from arware.kit.web.refusals import Refused

from ..features.password.flow import log_in
from ..request import RealmRequest
from .base import arrive, go_on, page, refused


def includeme(config: Any) -> None:
    """Add the page."""
    config.add_route("login", "/login")
    config.add_view(show, route_name="login", request_method="GET", csrf="browser")
    config.add_view(submit, route_name="login", request_method="POST", csrf="browser")


def show(request: RealmRequest) -> Any:
    """Show the form, or send on who is logged in and need not do it again."""
    if request.visitor is not None and request.query.get("prompt") != "login":
        return go_on(request, request.visitor)
    return page(request, "login.jinja2", **_values(request))


def submit(request: RealmRequest) -> Any:
    """Log in."""
    name = request.typed.get("email", "")
    password = request.typed.get("password", "")
    try:
        done = log_in(request.realm, request.caller, name, password)
    except Refused as refusal:
        return refused(request, "login.jinja2", refusal, **_values(request))
    return arrive(request, done)


def _values(request: RealmRequest) -> dict[str, Any]:
    given = request.typed if request.method == "POST" else {}
    return {
        "email": given.get("email", ""),
        "visitor": request.visitor,
        "signup_is_open": request.realm.settings.signup == "open",
    }
