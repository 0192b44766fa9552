"""Orgs and their members: found, added, renamed and joined."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, select, update
from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.secrets import is_id, new_id
from arware.kit.web import Reason, Refused

from ...caller import Caller, Member
from ...models import LoginSession, User
from ...scopes import OWNER, Scope, scope_of, scopes_of
from ...sessions import Visitor
from ...texts import _
from .events import MembershipCreated, OrgCreated, OrgUpdated
from .models import Membership, Org

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

NOT_FOUND = Reason(
    "org_not_found",
    _("It does not exist, or you are not a member of it."),
    404,
    _("Organization not found"),
)
NOT_PERMITTED = Reason("not_permitted", _("Only its owners and admins may rename it."))


@dataclass(frozen=True, slots=True)
class OrgMember:
    """Somebody in an org. The rows are read only."""

    user: User
    membership: Membership


#: Made once: every login asks it.
_SCOPES = (
    select(Membership, Org)
    .join(Org, Org.id == Membership.org_id)
    .where(
        Membership.user_id.in_(bindparam("user_ids", expanding=True)),
        Org.state == "active",
    )
    .order_by(Org.name, Org.id)
)


def scopes(db: Session, user_ids: Sequence[str]) -> dict[str, tuple[Scope, ...]]:
    """Return the active orgs of users, by the user's id and there by name."""
    found: dict[str, tuple[Scope, ...]] = {}
    for membership, org in db.execute(_SCOPES, {"user_ids": user_ids}):
        scope = _scope(membership, org)
        found[membership.user_id] = (*found.get(membership.user_id, ()), scope)
    return found


def beside(asked: Select[Any]) -> Select[Any]:
    """Add to a query of sessions the org that is selected, and the membership."""
    theirs = and_(
        Membership.user_id == LoginSession.user_id,
        Membership.org_id == LoginSession.org_id,
    )
    active = and_(Org.id == Membership.org_id, Org.state == "active")
    return (
        asked.add_columns(Membership, Org)
        .outerjoin(Membership, theirs)
        .outerjoin(Org, active)
    )


def scope_in(membership: Membership | None, org: Org | None) -> Scope | None:
    """Return the scope in the columns of :func:`beside`, ``None`` if they are empty."""
    return None if membership is None or org is None else _scope(membership, org)


def _scope(membership: Membership, org: Org) -> Scope:
    return Scope(
        org.id,
        org.name,
        tuple(membership.permissions),
        membership.id,
        org.reference,
        org.custom,
    )


def is_managed(scope: Scope) -> bool:
    """Tell whether a member may change the org."""
    return not set(OWNER).isdisjoint(scope.permissions)


def find(realm: Realm, db: Session, user: User, org_id: str) -> Scope:
    """Return the user's org with *org_id*. Raises :class:`~.Refused`."""
    scope = scope_of(realm, db, user.id, org_id)
    if scope is None:
        raise Refused(NOT_FOUND)
    return scope


def of(realm: Realm, visitor: Visitor) -> tuple[Scope, ...]:
    """Return the visitor's active orgs, by name."""
    with realm.reading() as db:
        return scopes_of(realm, db, [visitor.user.id]).get(visitor.user.id, ())


def members(realm: Realm, scope: Scope) -> tuple[OrgMember, ...]:
    """Return who belongs to an org, by name."""
    asked = (
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.org_id == scope.org_id, User.state == "active")
    )
    with realm.reading() as db:
        rows = db.execute(asked)
        found = [OrgMember(user, membership) for user, membership in rows]
    return tuple(sorted(found, key=lambda m: (m.user.name.casefold(), m.user.id)))


def rename(realm: Realm, member: Member, org_id: str, name: str) -> None:
    """Give an org another name. Raises :class:`~.Refused`."""
    user = member.user
    with realm.writing(member) as db:
        if not is_managed(find(realm, db, user, org_id)):
            raise Refused(NOT_PERMITTED)
        db.execute(update(Org).where(Org.id == org_id).values(name=name))
        realm.record(db, OrgUpdated(user_id=user.id, org_id=org_id), member)
    log.info("account renamed user=%s org=%s", user.id, org_id)


def make_own(db: Session, user: User, now: int, name: str = "") -> str:
    """
    Make an org that *user* owns, by default with their name; return its id.

    It comes with the account, so there is no event of its own.
    """
    org = _add(db, name or user.name[:100], now)
    _put(db, user.id, org.id, OWNER, now)
    after_commit(db, partial(log.info, "org made user=%s org=%s", user.id, org.id))
    return org.id


def write_own(
    _realm: Realm, db: Session, user: User, caller: Caller, name: str
) -> None:
    """Make the org that somebody who signs up owns."""
    make_own(db, user, caller.now, name)


def add(realm: Realm, db: Session, caller: Caller, name: str) -> Org:
    """Add an org, which has nobody in it."""
    org = _add(db, name, caller.now)
    realm.record(db, OrgCreated(user_id=caller.user_id or "", org_id=org.id), caller)
    log.info("org added org=%s", org.id)
    return org


def join(
    realm: Realm,
    db: Session,
    caller: Caller,
    user: User,
    org: str,
    permissions: Iterable[str],
) -> tuple[str, str, bool]:
    """
    Put a user into *org*, an id (``org_...``) or the name of a new one.

    Returns its id, its name and whether it is new. Raises :class:`ValueError`.
    """
    is_new = not is_id(org, "org")
    found = add(realm, db, caller, org) if is_new else db.get(Org, org)
    if found is None or found.state != "active":
        raise ValueError(f"org: there is no {org}")
    _put(db, user.id, found.id, permissions, caller.now)
    realm.record(db, MembershipCreated(user_id=user.id, org_id=found.id), caller)
    return found.id, found.name, is_new


def _add(db: Session, name: str, now: int) -> Org:
    org = Org(id=new_id("org"), name=name, state="active", created_at=now)
    db.add(org)
    db.flush()
    return org


def _put(
    db: Session, user_id: str, org_id: str, permissions: Iterable[str], now: int
) -> None:
    membership = Membership(
        id=new_id("mb"),
        user_id=user_id,
        org_id=org_id,
        permissions=list(permissions),
        created_at=now,
    )
    db.add(membership)
    db.flush()
