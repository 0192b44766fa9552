"""
A password as the proof of who one is, with every try counted.

Logging in, changing what protects the account and proving it anew all come here, so
that guesses at one place count at the others, and every path does the same work.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    bindparam,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from arware.kit.passwords import Busy
from arware.kit.secrets import body_of
from arware.kit.web.refusals import Refused

from . import tries
from .caller import Caller
from .events import PasswordFailed, PasswordOff
from .models import User
from .texts import BUSY, PASSWORD_NEEDED, PASSWORD_WRONG
from .tries import Taken

if TYPE_CHECKING:
    from .realm import Realm

log = logging.getLogger("arware.local")

#: Among how many users a hash is looked for: where few have one, a failure must not
#: read the whole table.
NEIGHBOURS = 100


def check_password(
    realm: Realm,
    caller: Caller,
    known: User | None,
    typed: str,
    password: str,
    failed: Refused,
) -> Taken:
    """
    Return what to :func:`.tries.forgive` if *password* is the one of *known*.

    *typed* is the canonical form of what named the user, *failed* what is raised if the
    password is wrong. Somebody unknown or inactive, an account where others have tried
    too often, and a wrong password get it after the same work. After too many tries of
    the caller's own, no password is looked at, right or wrong, and the wait is told:
    whether the account exists does not matter.
    """
    taken = tries.take_password(realm, caller, known, typed, field=failed.field)
    stored = None if known is None else known.password_hash
    decoy = _decoy(realm, typed)
    try:
        right = realm.passwords.verify(stored, password, decoy)
    except Busy:
        tries.give_back(realm, taken)
        raise Refused(BUSY, wait=2) from None
    is_active = known is not None and known.state == "active"
    if right and is_active and not taken.blocked:
        return taken
    user_id = "" if known is None else known.id
    with realm.writing(caller) as db:
        failed_now = PasswordFailed(
            user_id=user_id,
            in_a_row=taken.in_a_row,
            about=tries.account(realm, known, typed),
        )
        realm.record(db, failed_now, caller)
        if taken.ends_password and stored is not None:
            realm.record(db, PasswordOff(user_id=user_id), caller)
            log.warning("password off after too many failures user=%s", user_id)
    log.info("password wrong user=%s ip=%s", user_id or "unknown", caller.ip)
    cause = _cause(realm, known, taken)
    if cause == "password_unreadable":
        log.error("password cannot be read, its secret is gone user=%s", user_id)
    raise failed.because(cause, user_id)


def _cause(realm: Realm, known: User | None, taken: Taken) -> str:
    """Return why a password did not count, for the operator."""
    if known is None:
        return "name_unknown"
    if known.state != "active":
        return "account_disabled"
    if known.password_hash is None:
        return "no_password"
    if realm.passwords.opened(known.password_hash) is None:
        return "password_unreadable"
    return taken.blocked_by or "wrong_password"


def _decoy(realm: Realm, typed: str) -> str | None:
    """
    Return the hash of some user, whose work somebody unknown costs; ``None`` if none.

    Where users came from elsewhere hashes differ in their work, so one of our own for
    all who are unknown would tell who is not (RQ-E1). What was typed decides whose it
    is: so names of nobody are spread as those of users are, and each always costs the
    same.
    """
    digest = bytes.fromhex(realm.digest("decoy", typed))
    with realm.reading() as db:
        return db.scalar(_DECOY, {"from": f"usr_{body_of(digest)}"})


def _first_hash(*which: ColumnElement[bool]) -> ScalarSelect[str | None]:
    users = select(User.id, User.password_hash).where(*which)
    near = users.order_by(User.id).limit(NEIGHBOURS).subquery()
    hashed = select(near.c.password_hash).where(near.c.password_hash.is_not(None))
    return hashed.order_by(near.c.id).limit(1).scalar_subquery()


#: Made once: to make it takes longer than to ask it.
_DECOY = select(func.coalesce(_first_hash(User.id >= bindparam("from")), _first_hash()))


def check_own_password(
    realm: Realm, caller: Caller, user: User, password: str, field: str
) -> None:
    """Raise :class:`~.texts.Refused` unless *password*, of *field*, is the user's."""
    if not password:
        raise Refused(PASSWORD_NEEDED, field)
    failed = Refused(PASSWORD_WRONG, field)
    taken = check_password(realm, caller, user, user.login_name, password, failed)
    with realm.writing(caller) as db:
        tries.forgive(db, taken, caller.now)


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
