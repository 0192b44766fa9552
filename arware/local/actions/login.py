"""Logging in with an e-mail address and a password."""

from __future__ import annotations

import logging

from sqlalchemy import select, update

from arware.kit.addresses import neighbourhood
from arware.kit.canonical import canonical_email
from arware.kit.passwords import Busy
from arware.kit.throttle import (
    ACCOUNT,
    CLIENT,
    PAIR,
    Counted,
    forgive,
    give_back,
    own_wait,
    sweep,
    take,
)

from ..models import LoginSession, Throttle, User
from ..store import Store
from .caller import Caller
from .outcome import BUSY, LOGIN_FAILED, Refused, too_many_tries
from .sessions import LoggedIn, open_session

log = logging.getLogger("arware.local")


def log_in(
    store: Store,
    *,
    email: str,
    password: str,
    caller: Caller,
    now: int,
    instead_of: str | None = None,
) -> LoggedIn | Refused:
    """
    Open a session for who knows the password.

    Somebody unknown, somebody inactive and a wrong password get the same refusal after
    the same work. After too many tries no password is looked at, right or wrong, and
    who made them is told how long to wait: whether the account exists does not matter.
    """
    address = canonical_email(email)
    known = _find(store, address)
    counted = counted_for(store, address or email, caller, known)
    throttled = count(store, counted, now, LOGIN_FAILED)
    if throttled is not None:
        log.info("login throttled user=%s ip=%s", _name(known), caller.ip)
        return throttled
    stored = None if known is None else known.password_hash
    try:
        right = store.passwords.verify(stored, password)
    except Busy:
        uncount(store, counted)
        return BUSY
    if known is None or not right or known.state != "active":
        log.info("login failed user=%s ip=%s", _name(known), caller.ip)
        return LOGIN_FAILED
    return _succeed(store, known, password, counted, caller, now, instead_of)


def counted_for(
    store: Store, account: str, caller: Caller, known: User | None
) -> list[Counted]:
    """
    Return the keys under which a try at *account* is counted.

    From an address at which the owner has logged in before, the strangers' failures
    do not count: nobody can be locked out of home.
    """
    client = neighbourhood(caller.ip)
    counted = [
        Counted(PAIR, store.digest("throttle", f"pair {account} {client}")),
        Counted(CLIENT, store.digest("throttle", f"client {client}")),
    ]
    # Asked for strangers, too: the time that it takes must not tell who exists.
    if not _is_familiar(store, "" if known is None else known.id, caller.ip):
        key = store.digest("throttle", f"account {account}")
        counted.append(Counted(ACCOUNT, key))
    return counted


def count(
    store: Store, counted: list[Counted], now: int, failed: Refused
) -> Refused | None:
    """
    Count a try, or return why its password is not looked at.

    That is how long to wait, if the client's own tries are the cause, else what a
    wrong password gets too: *failed*.
    """
    with store.writing() as database:
        if not take(database, Throttle, counted, now):
            return None
        wait = own_wait(database, Throttle, counted, now)
    return too_many_tries(wait, failed.field) if wait else failed


def uncount(store: Store, counted: list[Counted]) -> None:
    """Take back a try that was not judged."""
    with store.writing() as database:
        give_back(database, Throttle, counted)


def _find(store: Store, address: str | None) -> User | None:
    asked = select(User).where(User.email == (address or ""))
    with store.reading() as database:
        return database.scalars(asked).first()


def _is_familiar(store: Store, user_id: str, ip: str) -> bool:
    asked = select(LoginSession.id).where(
        LoginSession.user_id == user_id, LoginSession.ip == ip
    )
    with store.reading() as database:
        return bool(ip) and database.execute(asked.limit(1)).first() is not None


def _succeed(
    store: Store,
    user: User,
    password: str,
    counted: list[Counted],
    caller: Caller,
    now: int,
    instead_of: str | None,
) -> LoggedIn | Refused:
    changes: dict[str, object] = {"last_login_at": now}
    if store.passwords.needs_rehash(user.password_hash or ""):
        try:
            changes["password_hash"] = store.passwords.hash(password)
        except Busy:
            log.info("rehash put off user=%s", user.id)
    with store.writing() as database:
        # Whoever changed the password or the state in the meantime wins.
        unchanged = (
            User.id == user.id,
            User.state == "active",
            User.password_hash == user.password_hash,
        )
        change = update(User).where(*unchanged).values(changes).returning(User.id)
        if database.scalars(change).first() is None:
            return LOGIN_FAILED
        forgive(database, Throttle, counted)
        sweep(database, Throttle, now)
        login = open_session(store, database, user, caller, now, instead_of=instead_of)
    log.info(
        "login succeeded user=%s session=%s ip=%s",
        user.id,
        login.visitor.session.id,
        caller.ip,
    )
    return login


def _name(user: User | None) -> str:
    # What was typed may be a password in the wrong field: it is never logged.
    return "unknown" if user is None else user.id
