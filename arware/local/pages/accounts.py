"""``/accounts`` to choose an org, ``/account/<id>`` and ``/accounts/<id>`` for one."""

from __future__ import annotations

from typing import Any

from ..actions import accounts
from ..actions.accounts import Account
from ..actions.outcome import Refused
from ..actions.sessions import Visitor
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
    found = accounts.accounts_of(request.store, visitor.user.id)
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
    outcome = accounts.choose(request.store, visitor, chosen)
    if isinstance(outcome, Refused):
        found = accounts.accounts_of(request.store, visitor.user.id)
        values = _choices(visitor, found)
        return refused(request, "accounts.jinja2", outcome, **values)
    return go_back(request, visitor, outcome)


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
        accounts.choose(request.store, visitor, account.org.id)
        return go_back(request, visitor, account)
    wanted = request.form.get("name", "")
    outcome = accounts.rename(request.store, visitor, account, wanted)
    if isinstance(outcome, Refused):
        values = _account_values(request, account) | {"name": wanted}
        return refused(request, "account.jinja2", outcome, **values)
    return redirect(request.own_url(f"/account/{account.org.id}", saved="name"))


def _account(request: RealmRequest, visitor: Visitor) -> Account:
    account = accounts.find_account(request.store, visitor, request.matchdict["id"])
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
        "members": accounts.members_of(request.store, account),
        "saved": request.query.get("saved"),
    }
