"""The button on a user's page, the line on all pages, and what they do."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from arware.kit.web import view_config

from ... import operators
from ...models import User
from ...redirects import home, redirect, to_application
from ...request import RealmRequest
from . import flow
from .settings import Impersonate

#: The cookie that keeps the operator's own session meanwhile.
OWN = "_operator"


def offer(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Draw the button where there is an account to use."""
    user = db.get(User, request.matchdict["id"])
    if user is None or user.state != "active" or operators.is_one(db, user.id):
        return None
    return {"minutes": request.realm.settings[Impersonate].minutes}


def banner(request: RealmRequest) -> dict[str, Any] | None:
    """Draw the line while an operator acts as somebody."""
    visitor = request.known_visitor
    if visitor is None or visitor.session.impersonator is None:
        return None
    return {"account": visitor.user}


@view_config(
    route_name="impersonate",
    request_method="POST",
    page="operator_user",
    permission=operators.PERMISSION,
)
def start(request: RealmRequest) -> Any:
    """Begin, and go on to the application."""
    user_id, own = request.matchdict["id"], request.own_cookie("")
    opened = flow.start(request.realm, request.operator, user_id)
    request.keep(OWN, own)
    request.keep("", opened.cookie)
    return to_application(request, opened.visitor)


@view_config(
    route_name="impersonate_stop", request_method="POST", also_impersonated=True
)
def stop(request: RealmRequest) -> Any:
    """Stop, and go back to the user's page."""
    visitor = request.visitor
    if visitor is None or visitor.session.impersonator is None:
        return home(request)
    cookie = flow.stop(request.realm, visitor, request.caller, request.own_cookie(OWN))
    request.drop(OWN)
    request.drop("")
    if cookie is None:
        return redirect(request.url_to("login"))
    request.keep("", cookie)
    return redirect(request.url_to("operator_user", id=visitor.user.id))
