"""``/signup``."""

from __future__ import annotations

from typing import Any

from arware.kit.web.refusals import Refused

from ..features.signup.flow import SignUp, sign_up
from .base import arrive, check_form, dispatch, go_on, page, refused
from .request import RealmRequest

FIELDS = ("first_name", "last_name", "org_name", "email")


def includeme(config: Any) -> None:
    """Add the page."""
    config.add_route("signup", "/signup")
    config.add_view(dispatch(GET=show, POST=submit), route_name="signup")


def show(request: RealmRequest) -> Any:
    """Show the form, or send on who is logged in already."""
    if request.visitor is not None and request.query.get("prompt") != "login":
        return go_on(request, request.visitor)
    return page(request, "signup.jinja2", **_values(request))


def submit(request: RealmRequest) -> Any:
    """Make an account and log in to it."""
    check_form(request, session_bound=False)
    wish = SignUp(
        password=request.form.get("password", ""),
        **{name: request.form.get(name, "") for name in FIELDS},
    )
    try:
        done = sign_up(request.realm, request.caller, wish)
    except Refused as refusal:
        return refused(request, "signup.jinja2", refusal, **_values(request))
    return arrive(request, done)


def _values(request: RealmRequest) -> dict[str, Any]:
    given = request.form if request.method == "POST" else {}
    settings = request.realm.settings
    return {
        **{name: given.get(name, "") for name in FIELDS},
        "password_minimum": settings.password_minimum,
        "is_open": settings.signup == "open",
    }
