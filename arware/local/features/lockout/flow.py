"""Locking a password, asking for a link that unlocks it, and unlocking."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit.secrets import new_secret

from ... import links, locking, one_time, tries
from ...caller import Caller
from ...events import Event, Happening, PasswordFailed, UnknownUser
from ...models import User
from ...texts import _
from .settings import Lockout

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

KIND = "tul"


class PasswordLocked(Event):
    """After too many wrong passwords none is accepted for a while."""

    type = "user.locked"
    title = _("The password was locked for a while, after too many wrong ones.")
    by_strangers = True


class UnlockAsked(Event):
    """Somebody asked for a link to unlock the password."""

    type = "user.unlocking"
    title = _("A link to unlock the password was asked for.")
    by_strangers = True


class PasswordUnlocked(Event):
    """The user ended the lock, and all waits of the password, with a link."""

    type = "user.unlocked.by_mail"
    title = _("The password was unlocked with a link.")


def lock(happening: Happening[PasswordFailed]) -> None:
    """
    Lock the password after the last failure that is allowed; tell the owner by mail.

    The wrong password is refused as any other, after the same work for an account that
    does not exist (RQ-E1). Strangers can lock again and again, so the owner gets no
    more of these mails than of others (RQ-T7).
    """
    realm, caller = happening.realm, happening.caller
    if not _is_due(happening.event.in_a_row, realm.settings[Lockout].failures):
        return
    db, event = happening.db, happening.event
    user = locking.lock(db, event.user_id)
    until = caller.now + 60 * realm.settings[Lockout].minutes
    tries.lock(realm, db, event.about, caller.now, until)
    if user is not None and (user.state != "active" or user.password_hash is None):
        user = None
    _tell(realm, db, caller, user)
    log.info("password locked user=%s", user and user.id)


def _is_due(in_a_row: int, most: int) -> bool:
    # At a hundred it is off, which has a mail of its own.
    return in_a_row > 0 and in_a_row % most == 0 and in_a_row < tries.MOST_FAILURES


def _tell(realm: Realm, db: Session, caller: Caller, user: User | None) -> None:
    now, settings = caller.now, realm.settings[Lockout]
    target = (user and user.email) or new_secret()
    is_told = tries.may_send(realm, db, tries.MAILS, target, now, purpose=KIND)
    whom = user if is_told and user and user.email else None
    links.send(realm, db, caller, whom, KIND, "lockout/locked", settings=settings)
    unknown = UnknownUser(event=PasswordLocked.type)
    realm.record(db, PasswordLocked(user_id=user.id) if user else unknown, caller)


def ask(realm: Realm, caller: Caller, name: str) -> None:
    """Mail a link to whom *name* means, if that is somebody: see :func:`.links.ask`."""
    write = partial(links.write, kind=KIND, template="lockout/mail")
    links.ask(realm, caller, name, KIND, UnlockAsked, write)


def unlock(realm: Realm, caller: Caller, token: str) -> None:
    """
    End the lock and all waits of the password by a link (AK-N20).

    It logs nobody in, and leaves the password as it is. Raises ``Refused``.
    """
    with realm.writing(caller) as db:
        user = one_time.consume(realm, db, KIND, token, caller.now)
        tries.open_again(realm, db, user)
        realm.record(db, PasswordUnlocked(user_id=user.id), caller)
    log.info("password unlocked user=%s ip=%s", user.id, caller.ip)
