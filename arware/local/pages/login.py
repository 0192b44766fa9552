"""``/``, ``/login`` and ``/proof``: pages whose forms the features add."""

from __future__ import annotations

import re
from typing import Any

from arware.kit.web import view_config

from .. import factors
from ..redirects import arrive, go_on, redirect
from ..request import RealmRequest
from ..sessions import Visitor


@view_config(route_name="entry", request_method="GET")
def send_on(request: RealmRequest) -> Any:
    """Send on to the login page."""
    prompt = request.query.get("prompt")
    return redirect(request.url_to("login", prompt=prompt), 302)


@view_config(
    route_name="login", request_method="GET", renderer="login.jinja2", csrf="browser"
)
def show(request: RealmRequest) -> Any:
    """Show the ways in, or send on who is logged in and need not do it again."""
    visitor = request.visitor
    again = request.query.get("prompt") == "login" or request.failed
    if visitor is not None and not again:
        if _is_stale(request, visitor):
            return redirect(request.url_to("proof"))
        return go_on(request, visitor)
    return {"again": None if request.failed else visitor}


def _is_stale(request: RealmRequest, visitor: Visitor) -> bool:
    """
    Tell whether an application wants a proof that is younger than the last one.

    OpenID Connect Core 3.1.2.1 has the parameter, in seconds. What is no number counts
    as none. An operator who acts as somebody has proved nothing of them.
    """
    asked = re.fullmatch("[0-9]{1,9}", request.query.get("max_age", ""))
    if asked is None:
        return False
    session, oldest = visitor.session, request.now - int(asked.group())
    return session.auth_at <= oldest or session.impersonator is not None


@view_config(
    route_name="proof",
    request_method="GET",
    renderer="proof.jinja2",
    permission="member",
)
def ask(request: RealmRequest) -> dict[str, Any]:
    """Ask who is logged in to prove it again."""
    user = request.member.user
    with request.realm.reading() as db:
        by_factor = factors.is_enough(request.realm, db, user)
    return {"user": user, "by_factor": by_factor}


@view_config(route_name="proof_by_factor", request_method="POST", permission="member")
def ask_for_factor(request: RealmRequest) -> Any:
    """Go on to the second factor of who has no password."""
    return arrive(request, factors.prove(request.realm, request.member))
