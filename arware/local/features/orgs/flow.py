"""Orgs as their members see them: which there are, which one is selected."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, and_, bindparam, delete, select, update
from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.secrets import is_id, new_id
from arware.kit.web import Reason, Refused

from ... import locking, people
from ...caller import Caller, Member
from ...events import AccountClosing, Happening, LoginSucceeded, UserDeleted
from ...models import LoginSession, User
from ...scopes import OWNER, Scope, scope_of, scopes_of
from ...sessions import Visitor
from ...texts import _
from .events import MembershipCreated, OrgCreated, OrgUpdated
from .models import Membership, Org

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

UNKNOWN = Reason("account_unknown", _("Choose one of your organizations."))
NOT_FOUND = Reason(
    "org_not_found",
    _("It does not exist, or you are not a member of it."),
    404,
    _("Organization not found"),
)
ONLY_OWNER = Reason(
    "only_owner",
    _(
        "You are the only owner of ${org}, and there are others in it. Make one of "
        "them an owner first, or remove them."
    ),
    409,
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
    """Return the scope that the columns of :func:`beside` hold, if they do."""
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


# Selecting one.


def select_at_login(happening: Happening[LoginSucceeded], *, makes_own: bool) -> None:
    """
    Select the user's only org for the session that a login has opened.

    With *makes_own* somebody who is in none gets one. One that an operator made
    inactive counts: nobody gets around that by logging in.
    """
    db = happening.db
    user_id = happening.event.user_id
    found = scopes(db, [user_id]).get(user_id, ())
    org_id = found[0].org_id if len(found) == 1 else None
    if not found and makes_own:
        # Of two logins at once the second waits here, and then sees the first one's.
        user = locking.lock(db, user_id)
        if user is not None and not _is_anywhere(db, user_id):
            org_id = make_own(db, user, happening.caller.now)
    if org_id is not None:
        _remember(db, happening.event.session_id, org_id)


def _is_anywhere(db: Session, user_id: str) -> bool:
    known = (
        select(Org.id)
        .join(Membership, Membership.org_id == Org.id)
        .where(Membership.user_id == user_id, Org.state != "closed")
    )
    return db.execute(known.limit(1)).first() is not None


def settle(realm: Realm, member: Member, preferred: str | None) -> bool:
    """
    Select what the next token names, if that is clear. Returns whether it is.

    *preferred* is an org's id and wins if the member belongs there; an empty one asks
    to choose again. Otherwise it is the org chosen before, or the only one. Who is in
    none has nothing to choose.
    """
    ids = [scope.org_id for scope in of(realm, member.visitor)]
    wanted = preferred if preferred in ids else member.session.org_id
    if len(ids) == 1:
        wanted = ids[0]
    elif preferred == "" or wanted not in ids:
        wanted = None
    if wanted is not None and wanted != member.session.org_id:
        choose(realm, member, wanted)
    return wanted is not None or not ids


def is_switch(realm: Realm, visitor: Visitor, preferred: str | None) -> bool:
    """Tell whether *preferred* puts another org in place of the selected one."""
    if not preferred or preferred == visitor.session.org_id:
        return False
    ids = [scope.org_id for scope in of(realm, visitor)]
    return len(ids) > 1 and preferred in ids


def choose(realm: Realm, member: Member, org_id: str) -> None:
    """Select an org for this session. Raises :class:`~.Refused`."""
    with realm.writing(member, also_impersonated=True) as db:
        if scope_of(realm, db, member.user.id, org_id) is None:
            raise Refused(UNKNOWN, "account")
        _remember(db, member.session.id, org_id)
    member.session.org_id = org_id
    log.info("account selected user=%s org=%s", member.user.id, org_id)


def _remember(db: Session, session_id: str, org_id: str) -> None:
    db.get_one(LoginSession, session_id).org_id = org_id


# People who go away.


def check_owned(happening: Happening[AccountClosing]) -> None:
    """
    Raise ``Refused`` where an org with others in it would have no owner.

    Who goes away as well counts for nothing there, and who cannot log in for no owner.
    """
    db, user_id = happening.db, happening.event.user_id
    theirs = select(Membership.org_id).where(Membership.user_id == user_id)
    # Of two owners who go at once the second waits here, and then sees the first one.
    held = select(Org.id).where(Org.id.in_(theirs)).order_by(Org.id)
    db.execute(held.with_for_update())
    for mine, others in _shared(db, user_id):
        ids = [other.user_id for other in others]
        staying = people.staying(happening.realm, db, ids)
        active = select(User.id).where(User.id.in_(staying), User.state == "active")
        able = set(db.scalars(active))
        owned = any(_owns(other) and other.user_id in able for other in others)
        if staying and _owns(mine) and not owned:
            raise Refused(ONLY_OWNER, org=db.get_one(Org, mine.org_id).name)


def _owns(membership: Membership) -> bool:
    return OWNER[0] in membership.permissions


def remove_own(happening: Happening[UserDeleted]) -> None:
    """Remove the orgs in which nobody is but who goes away."""
    user_id, db = happening.event.user_id, happening.db
    shared = [mine.org_id for mine, others in _shared(db, user_id) if others]
    theirs = select(Membership.org_id).where(Membership.user_id == user_id)
    db.execute(delete(Org).where(Org.id.in_(theirs), Org.id.not_in(shared)))


def _shared(db: Session, user_id: str) -> list[tuple[Membership, list[Membership]]]:
    """Return the memberships of a user in orgs with others, and those of the others."""
    found: dict[str, list[Membership]] = {}
    theirs = select(Membership.org_id).where(Membership.user_id == user_id)
    for one in db.scalars(select(Membership).where(Membership.org_id.in_(theirs))):
        found.setdefault(one.org_id, []).append(one)
    return [
        (mine, [other for other in rows if other is not mine])
        for rows in found.values()
        for mine in rows
        if mine.user_id == user_id and len(rows) > 1
    ]


# Orgs and their members.


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
    Make an org that *user* owns, called after them without a *name*; its id.

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
