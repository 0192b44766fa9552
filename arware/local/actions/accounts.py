"""Orgs as their members see them: which there are, which one is selected."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from arware.kit.secrets import is_id, new_id
from arware.kit.web.refusals import Reason, Refused

from ..models import LoginSession, Membership, Org, User
from ..people import read_name
from ..sessions import Visitor
from ..texts import _

if TYPE_CHECKING:
    from ..realm import Realm

log = logging.getLogger("arware.local")

#: What somebody who makes an org may do there.
OWNER = ("ar:owner", "ar:admin")

UNKNOWN = Reason("account_unknown", _("Choose one of your organizations."))
NOT_PERMITTED = Reason("not_permitted", _("Only its owners and admins may rename it."))
NAME_MISSING = Reason("name_missing", _("Enter a name."))


@dataclass(frozen=True, slots=True)
class Account:
    """An org and what somebody is in it. The rows are read only."""

    membership: Membership
    org: Org

    @property
    def is_managed(self) -> bool:
        """Whether this member may change the org."""
        return not set(OWNER).isdisjoint(self.membership.permissions)


@dataclass(frozen=True, slots=True)
class Undecided:
    """Somebody with several orgs has not said which one it shall be."""

    accounts: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in an org."""

    user: User
    membership: Membership


def add_org(db: Session, org: Org, now: int) -> Org:
    """Add *org*."""
    org.id = new_id("org")
    org.created_at = now
    db.add(org)
    db.flush()
    return org


def add_membership(
    db: Session, user: User, org: Org, permissions: Iterable[str], now: int
) -> Membership:
    """Put *user* into *org*."""
    membership = Membership(
        id=new_id("mb"),
        user_id=user.id,
        org_id=org.id,
        permissions=list(permissions),
        created_at=now,
    )
    db.add(membership)
    db.flush()
    return membership


def accounts_of(realm: Realm, user_id: str) -> tuple[Account, ...]:
    """Return the user's active orgs, by name."""
    with realm.reading() as db:
        return _accounts(db, user_id)


def _accounts(db: Session, user_id: str) -> tuple[Account, ...]:
    asked = (
        select(Membership, Org)
        .join(Org, Org.id == Membership.org_id)
        .where(Membership.user_id == user_id, Org.state == "active")
        .order_by(Org.name, Org.id)
    )
    return tuple(Account(row[0], row[1]) for row in db.execute(asked))


def settle(
    realm: Realm, visitor: Visitor, preferred: str | None = None
) -> Account | Undecided | None:
    """
    Return the org that the next token names, ``None`` for somebody without any.

    *preferred* is an org's id and wins if the visitor belongs there; an empty one asks
    to choose again. Otherwise it is the org chosen before, or the only one; in the mode
    ``single_user`` one is made for somebody who has none (PROTOCOL statement 90).
    """
    accounts = accounts_of(realm, visitor.user.id)
    if not accounts and realm.settings.org_mode == "single_user":
        _make_own(realm, visitor.user)
        accounts = accounts_of(realm, visitor.user.id)
    if not accounts:
        return None
    by_id = {account.org.id: account for account in accounts}
    wanted = preferred if preferred in by_id else visitor.session.org_id
    if preferred == "":
        wanted = None
    chosen = by_id.get(wanted or "")
    if chosen is None and len(accounts) == 1:
        chosen = accounts[0]
    if chosen is None:
        return Undecided(accounts)
    if visitor.session.org_id != chosen.org.id:
        _remember(realm, visitor, chosen)
    return chosen


def _make_own(realm: Realm, user: User) -> None:
    """
    Make an org of the user's own, unless there is one by now.

    One that an operator made inactive counts: nobody gets around that by logging in.
    """
    with realm.writing() as db:
        # Of two logins at once the second waits here, and then sees the first one's.
        db.execute(select(User.id).where(User.id == user.id).with_for_update())
        known = (
            select(Org.id)
            .join(Membership, Membership.org_id == Org.id)
            .where(Membership.user_id == user.id, Org.state != "closed")
        )
        if db.execute(known.limit(1)).first() is None:
            org = add_org(db, Org(name=user.name[:100]), realm.now)
            add_membership(db, user, org, OWNER, realm.now)
            log.info("org made user=%s org=%s", user.id, org.id)


def is_switch(realm: Realm, visitor: Visitor, preferred: str | None) -> bool:
    """Tell whether *preferred* puts another org in place of the selected one."""
    if not preferred or preferred == visitor.session.org_id:
        return False
    ids = [account.org.id for account in accounts_of(realm, visitor.user.id)]
    return len(ids) > 1 and preferred in ids


def choose(realm: Realm, visitor: Visitor, org_id: str) -> Account:
    """Select an org for this session."""
    for account in accounts_of(realm, visitor.user.id):
        if account.org.id == org_id:
            _remember(realm, visitor, account)
            log.info("account selected user=%s org=%s", visitor.user.id, org_id)
            return account
    raise Refused(UNKNOWN, "account")


def _remember(realm: Realm, visitor: Visitor, account: Account) -> None:
    chosen = account.org.id
    with realm.writing() as db:
        db.execute(
            update(LoginSession)
            .where(LoginSession.id == visitor.session.id)
            .values(org_id=chosen)
        )


def find_account(realm: Realm, visitor: Visitor, org_id: str) -> Account | None:
    """Return the org with *org_id* if the visitor belongs to it."""
    if not is_id(org_id, "org"):
        return None
    accounts = accounts_of(realm, visitor.user.id)
    return next((a for a in accounts if a.org.id == org_id), None)


def members_of(realm: Realm, account: Account) -> tuple[Member, ...]:
    """Return who belongs to an org, by name."""
    asked = (
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.org_id == account.org.id, User.state == "active")
    )
    with realm.reading() as db:
        members = [Member(row[0], row[1]) for row in db.execute(asked)]
    return tuple(sorted(members, key=lambda m: (m.user.name.casefold(), m.user.id)))


def rename(realm: Realm, visitor: Visitor, account: Account, name: str) -> str:
    """Give an org another name. Returns the name."""
    if not account.is_managed:
        raise Refused(NOT_PERMITTED)
    cleaned = read_name(name, "name")
    if not cleaned:
        raise Refused(NAME_MISSING, "name")
    with realm.writing() as db:
        db.execute(
            update(Org)
            .where(Org.id == account.org.id, Org.state == "active")
            .values(name=cleaned)
        )
    log.info("account renamed user=%s org=%s", visitor.user.id, account.org.id)
    return cleaned
