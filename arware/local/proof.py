"""
A password as the proof of who one is, with every try counted.

Logging in, changing what protects the account and proving it anew all come here, so
that guesses at one place count at the others, and every path does the same work.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from arware.kit import throttle
from arware.kit.addresses import neighbourhood
from arware.kit.passwords import Busy
from arware.kit.throttle import ACCOUNT, CLIENT, PAIR, SIGNUPS, Counted
from arware.kit.web.refusals import Reason, Refused

from .caller import Caller
from .events import LoginFailed
from .models import LoginSession, Throttle, User
from .texts import BUSY, too_many_tries

if TYPE_CHECKING:
    from .realm import Realm

log = logging.getLogger("arware.local")


def check_password(
    realm: Realm,
    caller: Caller,
    known: User | None,
    account: str,
    password: str,
    failed: Refused,
) -> list[Counted]:
    """
    Return what to :func:`forgive` if *password* is the one of *known*.

    *account* is what was typed to name the user, *failed* what is raised if the
    password is wrong. Somebody unknown or inactive and a wrong password get it after
    the same work. After too many tries no password is looked at, right or wrong, and
    who made them is told how long to wait: whether the account exists does not matter.
    """
    counted = counted_for(realm, account, caller, known)
    count(realm, counted, caller.now, failed)
    stored = None if known is None else known.password_hash
    try:
        right = realm.passwords.verify(stored, password)
    except Busy:
        uncount(realm, counted)
        raise Refused(BUSY, wait=2) from None
    if known is not None and right and known.state == "active":
        return counted
    user_id = "" if known is None else known.id
    with realm.writing() as db:
        realm.record(db, LoginFailed(user_id=user_id), caller)
    log.info("password wrong user=%s ip=%s", user_id or "unknown", caller.ip)
    raise failed


def check_own_password(
    realm: Realm, caller: Caller, user: User, password: str, wrong: Reason, field: str
) -> None:
    """Raise :class:`~.texts.Refused` unless *password* is that of *user*."""
    failed = Refused(wrong, field)
    counted = check_password(realm, caller, user, user.email, password, failed)
    with realm.writing() as db:
        forgive(db, counted, caller.now)


def unchanged(db: Session, user: User) -> User | None:
    """
    Return *user* as it is in this transaction, if it can log in as it could before.

    Whoever changed the password or the state while it was looked at wins: that may be
    the owner, who shuts out whoever knew the old one.
    """
    asked = (
        select(User)
        .where(
            User.id == user.id,
            User.state == "active",
            User.credential_version == user.credential_version,
        )
        .with_for_update()
    )
    return db.scalars(asked).first()


def rehash(realm: Realm, user: User, password: str) -> str | None:
    """Return a new hash of *password* if that of *user* is of an older kind."""
    if not realm.passwords.needs_rehash(user.password_hash or ""):
        return None
    try:
        return realm.passwords.hash(password)
    except Busy:
        log.info("rehash put off user=%s", user.id)
        return None


def store_hash(db: Session, user: User, hashed: str | None) -> None:
    """Store what :func:`rehash` returned; the password is what it was."""
    if hashed is not None:
        change = update(User).where(User.id == user.id)
        db.execute(change.values(password_hash=hashed))


def counted_for(
    realm: Realm, account: str, caller: Caller, known: User | None
) -> list[Counted]:
    """
    Return the keys under which a try at *account* is counted.

    From an address at which the owner has logged in before, the strangers' failures
    do not count: nobody can be locked out of home.
    """
    client = neighbourhood(caller.ip)
    counted = [
        Counted(PAIR, realm.digest("throttle", f"pair {account} {client}")),
        Counted(CLIENT, realm.digest("throttle", f"client {client}")),
    ]
    # Asked for strangers, too: the time that it takes must not tell who exists.
    if not _is_familiar(realm, "" if known is None else known.id, caller.ip):
        key = realm.digest("throttle", f"account {account}")
        counted.append(Counted(ACCOUNT, key))
    return counted


def count(realm: Realm, counted: list[Counted], now: int, failed: Refused) -> None:
    """
    Count a try, or raise why its password is not looked at.

    That is how long to wait, if the client's own tries are the cause, else what a
    wrong password gets too: *failed*.
    """
    with realm.writing() as db:
        if not throttle.take(db, Throttle, counted, now):
            return
        wait = throttle.own_wait(db, Throttle, counted, now)
    log.info("password not looked at, after too many tries")
    raise too_many_tries(wait, failed.field) if wait else failed


def uncount(realm: Realm, counted: list[Counted]) -> None:
    """Take back a try that was not judged."""
    with realm.writing() as db:
        throttle.give_back(db, Throttle, counted)


def count_address(realm: Realm, caller: Caller, reason: Reason) -> None:
    """
    Count an address that is new here, or raise *reason* and how long none is taken.

    Whether an address is taken is told to who tries it, so tries are few.
    """
    key = realm.digest("throttle", f"signups {neighbourhood(caller.ip)}")
    with realm.writing() as db:
        wait = throttle.take(db, Throttle, [Counted(SIGNUPS, key)], caller.now)
    if wait:
        raise Refused(reason, wait=wait)


def forgive(db: Session, counted: list[Counted], now: int) -> None:
    """Note in the transaction of what it was for that the try was a success."""
    throttle.forgive(db, Throttle, counted)
    throttle.sweep(db, Throttle, now)


def _is_familiar(realm: Realm, user_id: str, ip: str) -> bool:
    asked = select(LoginSession.id).where(
        LoginSession.user_id == user_id, LoginSession.ip == ip
    )
    with realm.reading() as db:
        return bool(ip) and db.execute(asked.limit(1)).first() is not None
