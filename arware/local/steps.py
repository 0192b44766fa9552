"""Pages on which a login that waits is gone on with by a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arware.kit.web import Form

from . import factors
from .login import LoggedIn, Pending
from .models import PendingLogin, User
from .onward import arrive, redirect
from .request import RealmRequest


def waiting(request: RealmRequest) -> tuple[PendingLogin, User] | None:
    """
    Return the login that waits for a second factor, and whose it is.

    All that a page shows or takes for the sake of such a login has to ask here: one
    that waits for a mail to be confirmed must look like none (RQ-E2).
    """
    cookie = request.own_cookie("_pending")
    is_asked = factors.is_asked(request.realm, cookie, request.now)
    return request.pending if is_asked else None


def ask(request: RealmRequest, form: type[Form]) -> Any:
    """
    Return what the page needs, or a redirect where no login waits for a factor.

    To an answer that came too late the page says so: no other can be right. *again* is
    the path to begin anew then, of who is logged in at the fresh proof.
    """
    drawn, again = request.form(form), None
    if waiting(request) is None:
        if not drawn.faults:
            return redirect(request.url_to("login"))
        again = request.link("proof" if request.visitor else "login")
    return {"form": drawn, "again": again}


def go_on(
    request: RealmRequest, answer: Callable[..., LoggedIn | Pending], code: str
) -> Any:
    """Go on with the login by *code*, as the *answer* of a feature judges it."""
    cookie = request.own_cookie("_pending")
    return arrive(request, answer(request.realm, request.caller, cookie, code))
