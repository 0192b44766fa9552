"""``/signup``."""

from __future__ import annotations

from typing import Any

from arware.kit.web.refusals import Refused

from ..features.signup.flow import SignUp, sign_up
from ..request import RealmRequest
from .base import arrive, go_on, page, refused

FIELDS = ("first_name", "last_name", "org_name", "email")


def includeme(config: Any) -> None:
    """Add the page."""
    config.add_route("signup", "/signup")
    config.add_view(show, route_name="signup", request_method="GET", csrf="browser")
    config.add_view(submit, route_name="signup", request_method="POST", csrf="browser")


def show(request: RealmRequest) -> Any:
    """Show the form, or send on who is logged in already."""
    if request.visitor is not None and request.query.get("prompt") != "login":
        return go_on(request, request.visitor)
    return page(request, "signup.jinja2", **_values(request))


def submit(request: RealmRequest) -> Any:
    """Make an account and log in to it."""
    wish = SignUp(
        password=request.typed.get("password", ""),
        **{name: request.typed.get(name, "") for name in FIELDS},
    )
    try:
        done = sign_up(request.realm, request.caller, wish)
    except Refused as refusal:
        return refused(request, "signup.jinja2", refusal, **_values(request))
    return arrive(request, done)


def _values(request: RealmRequest) -> dict[str, Any]:
    given = request.typed if request.method == "POST" else {}
    settings = request.realm.settings
    return {
        **{name: given.get(name, "") for name in FIELDS},
        "password_minimum": settings.password_minimum,
        "is_open": settings.signup == "open",
    }
