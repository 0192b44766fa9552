"""Pages of the steps of a login, for who comes with the cookie of one that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from arware.kit.web import Form, Phase

from . import login
from .login import LoggedIn, Pending
from .models import PendingLogin, User
from .redirects import arrive, redirect
from .request import RealmRequest


def waiting(request: RealmRequest) -> tuple[PendingLogin, User] | None:
    """
    Return the login that waits for a second factor, and whose it is.

    All that a page shows or takes for the sake of such a login has to ask here. One
    that waits for a mail to be confirmed must look like none: a sign-up with an address
    that is taken only seems to wait for that (RQ-E2).
    """
    return request.pending if is_asked(request, Phase.FACTOR) else None


def is_asked(request: RealmRequest, step: str | Phase) -> bool:
    """Tell whether a login waits here for *step*: see :func:`.login.waiting`."""
    cookie = request.own_cookie("_pending")
    return login.is_waiting(request.realm, cookie, request.now, step)


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
    request: RealmRequest, answer: Callable[..., LoggedIn | Pending], *given: str
) -> Any:
    """Go on with the login by what was *given*, as the *answer* of a feature judges."""
    cookie = request.own_cookie("_pending")
    return arrive(request, answer(request.realm, request.caller, cookie, *given))
