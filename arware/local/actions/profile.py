"""Changing one's own name, e-mail address and password."""

from __future__ import annotations

import logging

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit.passwords import Busy
from arware.kit.throttle import forgive

from ..models import Throttle, User
from ..store import Store
from . import signup
from .caller import Caller
from .login import count, counted_for, uncount
from .outcome import BUSY, Refused, together
from .people import read_email, read_name, read_password
from .sessions import Visitor, end_others, renew

log = logging.getLogger("arware.local")

_WRONG = "This is not your current password. After several attempts, wait a while."
_PASSWORD_WRONG = Refused("password_wrong", _WRONG, "current_password")
_TOO_MANY = "Too many addresses were entered from your network. Try again later."
_TAKEN = Refused(
    signup.EMAIL_TAKEN.reason,
    "Another account has this e-mail address.",
    signup.EMAIL_TAKEN.field,
)


def change_details(
    store: Store,
    visitor: Visitor,
    *,
    first_name: str,
    last_name: str,
    email: str,
    current_password: str,
    caller: Caller,
    now: int,
) -> Refused | None:
    """Change the name, and with the current password also the e-mail address."""
    first = read_name(first_name, "first_name", "a first name")
    last = read_name(last_name, "last_name", "a last name")
    address = read_email(email)
    values = (first, last, address)
    refused = together([value for value in values if isinstance(value, Refused)])
    if refused is not None:
        return refused
    changes: dict[str, object] = {
        "first_name": first or None,
        "last_name": last or None,
    }
    if address != visitor.user.email:
        refused = prove(store, visitor, current_password, caller, now)
        if refused is not None:
            return refused
        wait = signup.count(store, caller, now)
        if wait:
            return Refused("too_many_addresses", _TOO_MANY, "email", wait=wait)
        changes |= {"email": address, "email_verified": False}
    try:
        with store.writing() as database:
            if not _write(database, visitor.user, changes):
                return _PASSWORD_WRONG
    except IntegrityError:
        return _TAKEN
    log.info("profile changed user=%s fields=%s", visitor.user.id, ",".join(changes))
    return None


def change_password(
    store: Store,
    visitor: Visitor,
    *,
    current_password: str,
    password: str,
    caller: Caller,
    now: int,
) -> str | Refused:
    """
    Change the password and end all other sessions.

    Returns a new cookie for this session; the old one opens nothing any more.
    """
    user = visitor.user
    context = (user.email, user.first_name or "", user.last_name or "")
    wanted = read_password(store, password, context, "new_password")
    if isinstance(wanted, Refused):
        return wanted
    refused = prove(store, visitor, current_password, caller, now)
    if refused is not None:
        return refused
    try:
        hashed = store.passwords.hash(wanted)
    except Busy:
        return BUSY
    changes: dict[str, object] = {"password_hash": hashed, "password_changed_at": now}
    with store.writing() as database:
        if not _write(database, user, changes):
            return _PASSWORD_WRONG
        ended = end_others(database, visitor, now)
        cookie = renew(store, database, visitor.session.id)
    log.info("password changed user=%s sessions_ended=%s", user.id, ended)
    return cookie


def _write(database: Session, user: User, changes: dict[str, object]) -> bool:
    """
    Write *changes*; tell whether that was done.

    What needed the password is not done if somebody changed it in the meantime: that
    may be the owner, who shuts out whoever knew the old one.
    """
    which = [User.id == user.id]
    if not changes.keys() <= {"first_name", "last_name"}:
        which += [User.state == "active", User.password_hash == user.password_hash]
    change = update(User).where(*which).values(changes).returning(User.id)
    return database.scalars(change).first() is not None


def prove(
    store: Store, visitor: Visitor, password: str, caller: Caller, now: int
) -> Refused | None:
    """Return a refusal unless *password* is the visitor's own. Tries are counted."""
    user = visitor.user
    counted = counted_for(store, user.email, caller, user)
    throttled = count(store, counted, now, _PASSWORD_WRONG)
    if throttled is not None:
        return throttled
    try:
        right = store.passwords.verify(user.password_hash, password)
    except Busy:
        uncount(store, counted)
        return BUSY
    if not right:
        log.info("current password wrong user=%s ip=%s", user.id, caller.ip)
        return _PASSWORD_WRONG
    with store.writing() as database:
        forgive(database, Throttle, counted)
    return None
