"""``/accounts`` to choose an org, ``/account/<id>`` and ``/accounts/<id>`` for one."""

from __future__ import annotations

from typing import Any

from arware.kit.web.refusals import Refused

from ..actions import accounts
from ..actions.accounts import Account
from ..sessions import Visitor
from .base import (
    check_form,
    dispatch,
    go_back,
    log_in_first,
    page,
    redirect,
    refused,
    return_to_application,
)
from .problems import Problem
from .request import RealmRequest


def includeme(config: Any) -> None:
    """Add the pages. The documentation says ``account``, the clients ``accounts``."""
    config.add_route("accounts", "/accounts")
    config.add_route("account", "/account/{id}")
    config.add_route("accounts_id", "/accounts/{id}")
    config.add_view(dispatch(GET=show_all, POST=choose), route_name="accounts")
    one = dispatch(GET=show_one, POST=change_one)
    config.add_view(one, route_name="account")
    config.add_view(one, route_name="accounts_id")


def show_all(request: RealmRequest) -> Any:
    """Show the orgs to choose from; a single one is chosen unless forced."""
    visitor = request.visitor
    if visitor is None:
        return log_in_first(request, "accounts")
    found = accounts.accounts_of(request.realm, visitor.user.id)
    if len(found) <= 1 and not _is_forced(request):
        return return_to_application(request, visitor)
    return page(request, "accounts.jinja2", **_choices(visitor, found))


def _is_forced(request: RealmRequest) -> bool:
    return request.query.get("force", "0").lower() not in ("0", "false")


def choose(request: RealmRequest) -> Any:
    """Select an org and go back to the application."""
    visitor = request.visitor
    if visitor is None:
        return log_in_first(request, "accounts")
    check_form(request)
    chosen = request.form.get("account", "")
    try:
        account = accounts.choose(request.realm, visitor, chosen)
    except Refused as refusal:
        found = accounts.accounts_of(request.realm, visitor.user.id)
        values = _choices(visitor, found)
        return refused(request, "accounts.jinja2", refusal, **values)
    return go_back(request, visitor, account)


def _choices(visitor: Visitor, found: tuple[Account, ...]) -> dict[str, Any]:
    return {
        "visitor": visitor,
        "accounts": found,
        "selected": visitor.session.org_id,
    }


def show_one(request: RealmRequest) -> Any:
    """Show an org and its members."""
    visitor = request.visitor
    if visitor is None:
        return log_in_first(request, f"account/{request.matchdict['id']}")
    account = _account(request, visitor)
    return page(request, "account.jinja2", **_account_values(request, account))


def change_one(request: RealmRequest) -> Any:
    """Rename an org, or go back to the application with it selected."""
    visitor = request.visitor
    if visitor is None:
        return log_in_first(request, f"account/{request.matchdict['id']}")
    check_form(request)
    account = _account(request, visitor)
    if request.form.get("do") == "return":
        accounts.choose(request.realm, visitor, account.org.id)
        return go_back(request, visitor, account)
    wanted = request.form.get("name", "")
    try:
        accounts.rename(request.realm, visitor, account, wanted)
    except Refused as refusal:
        values = _account_values(request, account) | {"name": wanted}
        return refused(request, "account.jinja2", refusal, **values)
    return redirect(request.own_url(f"/account/{account.org.id}", saved="name"))


def _account(request: RealmRequest, visitor: Visitor) -> Account:
    account = accounts.find_account(request.realm, visitor, request.matchdict["id"])
    if account is None:
        raise Problem(
            404,
            "Organization not found",
            "It does not exist, or you are not a member of it.",
        )
    return account


def _account_values(request: RealmRequest, account: Account) -> dict[str, Any]:
    return {
        "visitor": request.visitor,
        "account": account,
        "name": account.org.name,
        "members": accounts.members_of(request.realm, account),
        "saved": request.query.get("saved"),
    }
