"""A realm that the application has mounted: it logs in the users that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.local.actions.accounts import Undecided, accounts_of, settle
from arware.local.sessions import open_session
from arware.local.tokens import login_token

if TYPE_CHECKING:
    from arware.local import Realm
    from arware.local.models import User


def local_token(
    realm: Realm, user: str | None, org: str | None = None, **claims: Any
) -> str:
    """Return the token of a new session of *user* in *org*, both from the database."""
    if claims:
        raise ValueError(
            f"{', '.join(claims)}: a realm that the application has mounted decides "
            "that itself; give it to realm.add_user(...)"
        )
    found, caller = _user(realm, user), realm.operator()
    with realm.writing() as db:
        login = open_session(realm, db, found, caller, ["test"])
    account = settle(realm, login.visitor, _org_id(realm, found, org))
    if isinstance(account, Undecided):
        names = ", ".join(one.org.name for one in account.accounts)
        problem = f"{found.email} is in several orgs; give org=, one of: {names}"
        raise ValueError(problem)  # noqa: TRY004 - the value is missing, not its type
    chosen = None if account is None else (account.membership, account.org)
    return login_token(realm, login.visitor.session, found, chosen, caller.now)


def _user(realm: Realm, wanted: str | None) -> User:
    users = [user for user in realm.users() if user.state == "active"]
    if wanted is not None:
        users = [one for one in users if wanted in (one.email, one.username, one.id)]
    if len(users) == 1:
        return users[0]
    if wanted is None and users:
        raise ValueError("the realm has several users; give user=, an e-mail address")
    who = wanted or "anybody"
    raise ValueError(
        f"the realm has not got {who} as an active user; add them first: "
        f"realm.add_user({wanted or 'ada@example.com'!r})"
    )


def _org_id(realm: Realm, user: User, wanted: str | None) -> str | None:
    """Return the id of the org called *wanted*, one of the user's."""
    if wanted is None:
        return None
    for account in accounts_of(realm, user.id):
        if wanted in (account.org.id, account.org.name):
            return account.org.id
    raise ValueError(f"{user.email} is in no org {wanted}")
