"""``/profile``: one's own name, e-mail address and password."""

from __future__ import annotations

from typing import Any

from arware.kit.web.refusals import Refused

from ..features.account.flow import change_details, change_password
from ..request import RealmRequest
from ..sessions import Visitor
from .base import (
    own_auth,
    page,
    redirect,
    refused,
    return_to_application,
)

DETAILS = ("first_name", "last_name", "email")


def includeme(config: Any) -> None:
    """Add the page."""
    config.add_route("profile", "/profile")
    config.add_view(
        show, route_name="profile", request_method="GET", permission="member"
    )
    config.add_view(
        submit, route_name="profile", request_method="POST", permission="member"
    )


def show(request: RealmRequest) -> Any:
    """Show the forms."""
    visitor = request.member
    return page(request, "profile.jinja2", **_values(request, visitor))


def submit(request: RealmRequest) -> Any:
    """Do what the button says that was pressed."""
    visitor = request.member
    doing = request.typed.get("do", "details")
    if doing == "return":
        return return_to_application(request, visitor)
    if doing == "password":
        return _password(request, visitor)
    return _details(request, visitor)


def _details(request: RealmRequest, visitor: Visitor) -> Any:
    given = {name: request.typed.get(name, "") for name in DETAILS}
    try:
        change_details(
            request.realm,
            request.caller,
            visitor,
            current_password=request.typed.get("current_password", ""),
            **given,
        )
    except Refused as refusal:
        values = _values(request, visitor) | given | {"failed": "details"}
        return refused(request, "profile.jinja2", refusal, **values)
    return redirect(request.own_url("/profile", saved="details"))


def _password(request: RealmRequest, visitor: Visitor) -> Any:
    try:
        cookie = change_password(
            request.realm,
            request.caller,
            visitor,
            current_password=request.typed.get("current_password", ""),
            password=request.typed.get("new_password", ""),
        )
    except Refused as refusal:
        values = _values(request, visitor) | {"failed": "password"}
        return refused(request, "profile.jinja2", refusal, **values)
    request.keep("", cookie)
    return redirect(request.own_url("/profile", saved="password"))


def _within(request: RealmRequest) -> str:
    """Return how soon all applications know that a login has ended."""
    if own_auth(request) is not None:
        return "30 seconds"
    minutes = request.realm.settings.jwt_minutes
    return f"{minutes // 60} hours" if minutes % 60 == 0 else f"{minutes} minutes"


def _values(request: RealmRequest, visitor: Visitor) -> dict[str, Any]:
    user = visitor.user
    return {
        "visitor": visitor,
        "first_name": user.first_name or "",
        "last_name": user.last_name or "",
        "email": user.email,
        "password_minimum": request.realm.settings.password_minimum,
        "saved": request.query.get("saved"),
        "within": _within(request),
        "failed": None,
    }
