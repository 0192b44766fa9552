"""``/login``."""

from __future__ import annotations

from typing import Any

from ..actions.login import log_in
from ..actions.outcome import Refused
from .base import check_form, dispatch, go_on, page, refused, remember
from .request import RealmRequest


def includeme(config: Any) -> None:
    """Add the page."""
    config.add_route("login", "/login")
    config.add_view(dispatch(GET=show, POST=submit), route_name="login")


def show(request: RealmRequest) -> Any:
    """Show the form, or send on who is logged in and need not do it again."""
    if request.visitor is not None and request.query.get("prompt") != "login":
        return go_on(request, request.visitor)
    return page(request, "login.jinja2", **_values(request))


def submit(request: RealmRequest) -> Any:
    """Log in."""
    check_form(request, session_bound=False)
    before = request.visitor
    outcome = log_in(
        request.store,
        email=request.form.get("email", ""),
        password=request.form.get("password", ""),
        caller=request.caller,
        now=request.now,
        instead_of=None if before is None else before.session.id,
    )
    if isinstance(outcome, Refused):
        return refused(request, "login.jinja2", outcome, **_values(request))
    remember(request, outcome)
    return go_on(request, outcome.visitor)


def _values(request: RealmRequest) -> dict[str, Any]:
    given = request.form if request.method == "POST" else {}
    return {
        "email": given.get("email", ""),
        "visitor": request.visitor,
        "was_logged_out": request.query.get("done") == "logout",
        "signup_is_open": request.store.settings.signup == "open",
    }
