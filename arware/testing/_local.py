"""A realm that the application has mounted: it logs in the users that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.local.scopes import Scope, scopes_of
from arware.local.sessions import open_session
from arware.local.tokens import login_token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arware.local import Realm
    from arware.local.models import User


def local_token(
    realm: Realm,
    user: str | None,
    org: str | None = None,
    act: Mapping[str, str] | None = None,
    **claims: Any,
) -> str:
    """
    Return the token of a new session of *user* in *org*, both from the database.

    With *act* somebody else acts as the user: ``{"sub": <the id of an operator>}``.
    """
    if claims:
        raise ValueError(
            f"{', '.join(claims)}: a realm that the application has mounted decides "
            "that itself; give it to realm.add_user(...)"
        )
    found, caller = _user(realm, user), realm.operator()
    with realm.writing() as db:
        login = open_session(
            realm, db, found, caller, ["test"], impersonator=(act or {}).get("sub")
        )
        scopes = scopes_of(realm, db, [found.id]).get(found.id, ())
        scope = _scope(found.login_name, scopes, org)
        login.visitor.session.org_id = None if scope is None else scope.org_id
    return login_token(realm, login.visitor.session, found, scope, caller.now)


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


def _scope(user: str, scopes: tuple[Scope, ...], wanted: str | None) -> Scope | None:
    """Return the org called *wanted*, one of the user's; or the only one."""
    if wanted is None:
        if len(scopes) > 1:
            names = ", ".join(one.name for one in scopes)
            raise ValueError(f"{user} is in several orgs; give org=, one of: {names}")
        return scopes[0] if scopes else None
    for one in scopes:
        if wanted in (one.org_id, one.name):
            return one
    raise ValueError(f"{user} is in no org {wanted}")
