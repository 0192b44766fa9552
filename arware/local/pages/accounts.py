"""``/accounts`` to choose an org, ``/account/<id>`` and ``/accounts/<id>`` for one."""

from __future__ import annotations

from typing import Any

from arware.kit.canonical import clean_name
from arware.kit.web import Reason, Refused, forms

from ..actions import accounts
from ..actions.accounts import Account
from ..models import Org
from ..request import RealmRequest
from ..sessions import Visitor
from ..texts import NAME_INVALID, _
from .base import (
    go_back,
    page,
    redirect,
    refused,
    return_to_application,
)

ORG_NOT_FOUND = Reason(
    "org_not_found",
    _("It does not exist, or you are not a member of it."),
    404,
    _("Organization not found"),
)


ORG_NAME = forms.text(
    _("Organization"),
    "organization",
    clean=clean_name,
    invalid=NAME_INVALID,
    required=False,
    hint=_("You will own it, and can rename it later."),
)


def org_name(_request: Any) -> Any:
    """Return the field of the sign-up."""
    return ORG_NAME


def make_own(_realm: Any, db: Any, user: Any, caller: Any, name: str) -> None:
    """Give a new user an org."""
    org = accounts.add_org(db, Org(name=name or user.name[:100]), caller.now)
    accounts.add_membership(db, user, org, accounts.OWNER, caller.now)


def includeme(config: Any) -> None:
    """Add the pages. The documentation says ``account``, the clients ``accounts``."""
    config.add_field("signup", "org_name", org_name, write=make_own)
    config.add_to_page("signup.fields", "old_org_name.jinja2")
    config.add_route("accounts", "/accounts")
    config.add_route("account", "/account/{id}")
    config.add_route("accounts_id", "/accounts/{id}")
    config.add_view(
        show_all, route_name="accounts", request_method="GET", permission="member"
    )
    config.add_view(
        choose, route_name="accounts", request_method="POST", permission="member"
    )
    for name in ("account", "accounts_id"):
        config.add_view(
            show_one, route_name=name, request_method="GET", permission="member"
        )
        config.add_view(
            change_one, route_name=name, request_method="POST", permission="member"
        )


def show_all(request: RealmRequest) -> Any:
    """Show the orgs to choose from; a single one is chosen unless forced."""
    visitor = request.member
    found = accounts.accounts_of(request.realm, visitor.user.id)
    if len(found) <= 1 and not _is_forced(request):
        return return_to_application(request, visitor)
    return page(request, "accounts.jinja2", **_choices(visitor, found))


def _is_forced(request: RealmRequest) -> bool:
    return request.query.get("force", "0").lower() not in ("0", "false")


def choose(request: RealmRequest) -> Any:
    """Select an org and go back to the application."""
    visitor = request.member
    chosen = request.typed.get("account", "")
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
    visitor = request.member
    account = _account(request, visitor)
    return page(request, "account.jinja2", **_account_values(request, account))


def change_one(request: RealmRequest) -> Any:
    """Rename an org, or go back to the application with it selected."""
    visitor = request.member
    account = _account(request, visitor)
    if request.typed.get("do") == "return":
        accounts.choose(request.realm, visitor, account.org.id)
        return go_back(request, visitor, account)
    wanted = request.typed.get("name", "")
    try:
        accounts.rename(request.realm, visitor, account, wanted)
    except Refused as refusal:
        values = _account_values(request, account) | {"name": wanted}
        return refused(request, "account.jinja2", refusal, **values)
    return redirect(request.own_url(f"/account/{account.org.id}", saved="name"))


def _account(request: RealmRequest, visitor: Visitor) -> Account:
    account = accounts.find_account(request.realm, visitor, request.matchdict["id"])
    if account is None:
        raise Refused(ORG_NOT_FOUND)
    return account


def _account_values(request: RealmRequest, account: Account) -> dict[str, Any]:
    return {
        "visitor": request.visitor,
        "account": account,
        "name": account.org.name,
        "members": accounts.members_of(request.realm, account),
        "saved": request.query.get("saved"),
    }
