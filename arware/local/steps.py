"""Pages on which a login that waits is gone on with by a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arware.kit.web import Form

from . import factors
from .login import LoggedIn, Pending
from .onward import arrive, redirect
from .request import RealmRequest


def ask(request: RealmRequest, form: type[Form]) -> Any:
    """Return what the page needs, or a redirect where no login waits for a factor."""
    drawn, cookie = request.form(form), request.own_cookie("_pending")
    is_asked = factors.is_asked(request.realm, cookie, request.now)
    if not is_asked and not drawn.faults:
        return redirect(request.url_to("login"))
    return {"form": drawn}


def go_on(
    request: RealmRequest, answer: Callable[..., LoggedIn | Pending], code: str
) -> Any:
    """Go on with the login by *code*, as the *answer* of a feature judges it."""
    cookie = request.own_cookie("_pending")
    return arrive(request, answer(request.realm, request.caller, cookie, code))
