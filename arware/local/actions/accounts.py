"""Orgs as their members see them: which there are, which one is selected."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from arware.kit.secrets import is_id

from ..models import LoginSession, Membership, Org, User
from ..store import Store
from .outcome import Refused
from .people import OWNER, add_membership, add_org, read_name
from .sessions import Visitor

log = logging.getLogger("arware.local")


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


def accounts_of(store: Store, user_id: str) -> tuple[Account, ...]:
    """Return the user's active orgs, by name."""
    with store.reading() as database:
        return _accounts(database, user_id)


def _accounts(database: Session, user_id: str) -> tuple[Account, ...]:
    asked = (
        select(Membership, Org)
        .join(Org, Org.id == Membership.org_id)
        .where(Membership.user_id == user_id, Org.state == "active")
        .order_by(Org.name, Org.id)
    )
    return tuple(Account(row[0], row[1]) for row in database.execute(asked))


def settle(
    store: Store, visitor: Visitor, preferred: str | None = None
) -> Account | Undecided | None:
    """
    Return the org that the next token names, ``None`` for somebody without any.

    *preferred* is an org's id and wins if the visitor belongs there; an empty one asks
    to choose again. Otherwise it is the org chosen before, or the only one; in the mode
    ``single_user`` one is made for somebody who has none (PROTOCOL statement 90).
    """
    accounts = accounts_of(store, visitor.user.id)
    if not accounts and store.settings.org_mode == "single_user":
        _make_own(store, visitor.user)
        accounts = accounts_of(store, visitor.user.id)
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
        _remember(store, visitor, chosen)
    return chosen


def _make_own(store: Store, user: User) -> None:
    """
    Make an org of the user's own, unless there is one by now.

    One that an operator made inactive counts: nobody gets around that by logging in.
    """
    with store.writing() as database:
        # Of two logins at once the second waits here, and then sees the first one's.
        database.execute(select(User.id).where(User.id == user.id).with_for_update())
        known = (
            select(Org.id)
            .join(Membership, Membership.org_id == Org.id)
            .where(Membership.user_id == user.id, Org.state != "closed")
        )
        if database.execute(known.limit(1)).first() is None:
            org = add_org(database, Org(name=user.name[:100]), store.now)
            add_membership(database, user, org, OWNER, store.now)
            log.info("org made user=%s org=%s", user.id, org.id)


def is_switch(store: Store, visitor: Visitor, preferred: str | None) -> bool:
    """Tell whether *preferred* puts another org in place of the selected one."""
    if not preferred or preferred == visitor.session.org_id:
        return False
    ids = [account.org.id for account in accounts_of(store, visitor.user.id)]
    return len(ids) > 1 and preferred in ids


def choose(store: Store, visitor: Visitor, org_id: str) -> Account | Refused:
    """Select an org for this session."""
    for account in accounts_of(store, visitor.user.id):
        if account.org.id == org_id:
            _remember(store, visitor, account)
            log.info("account selected user=%s org=%s", visitor.user.id, org_id)
            return account
    return Refused("account_unknown", "Choose one of your organizations.", "account")


def _remember(store: Store, visitor: Visitor, account: Account) -> None:
    chosen = account.org.id
    with store.writing() as database:
        database.execute(
            update(LoginSession)
            .where(LoginSession.id == visitor.session.id)
            .values(org_id=chosen)
        )


def find_account(store: Store, visitor: Visitor, org_id: str) -> Account | None:
    """Return the org with *org_id* if the visitor belongs to it."""
    if not is_id(org_id, "org"):
        return None
    accounts = accounts_of(store, visitor.user.id)
    return next((a for a in accounts if a.org.id == org_id), None)


def members_of(store: Store, account: Account) -> tuple[Member, ...]:
    """Return who belongs to an org, by name."""
    asked = (
        select(User, Membership)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.org_id == account.org.id, User.state == "active")
    )
    with store.reading() as database:
        members = [Member(row[0], row[1]) for row in database.execute(asked)]
    return tuple(sorted(members, key=lambda m: (m.user.name.casefold(), m.user.id)))


def rename(
    store: Store, visitor: Visitor, account: Account, name: str
) -> str | Refused:
    """Give an org another name. Returns the name."""
    if not account.is_managed:
        return Refused("not_permitted", "Only its owners and admins may rename it.")
    cleaned = read_name(name, "name", "a name")
    if isinstance(cleaned, Refused):
        return cleaned
    if not cleaned:
        return Refused("name_missing", "Enter a name.", "name")
    with store.writing() as database:
        database.execute(
            update(Org)
            .where(Org.id == account.org.id, Org.state == "active")
            .values(name=cleaned)
        )
    log.info("account renamed user=%s org=%s", visitor.user.id, account.org.id)
    return cleaned
