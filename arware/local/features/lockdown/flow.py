"""Ending logins, links and passwords: of everybody, a piece at a time, or of one."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from arware.kit.operator import NotDone

from ... import mail, people, sessions
from ...caller import Caller
from ...events import LockedDown
from ...models import OneTimeToken, OperatorRow, User

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

#: How many users are dealt with in one transaction; between two, others get their turn.
AT_ONCE = 200
#: A server that sends everybody a mail at once is soon taken for one that sends spam.
MAILS_A_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done."""

    keep_passwords: bool = False
    mails_a_minute: int = MAILS_A_MINUTE


@dataclass(frozen=True, slots=True)
class Done:
    """
    What was done so far.

    *unreachable* is how many of those whose password is off have no e-mail address.
    """

    users: int = 0
    sessions: int = 0
    passwords: int = 0
    mails: int = 0
    unreachable: int = 0


def check(realm: Realm, plan: Plan) -> None:
    """Raise :class:`NotDone` where people could not come back afterwards."""
    if plan.keep_passwords:
        return
    if not _has_reset(realm):
        raise NotDone(
            "nobody could choose a new password here, without the feature reset; "
            "--keep-passwords does the rest"
        )
    if not _is_mailing(realm):
        raise NotDone(
            "no mail server is set, so nobody could choose a new password: see "
            "mail.host; --keep-passwords does the rest",
            "no_mail_server",
        )


def _has_reset(realm: Realm) -> bool:
    try:
        realm.feature("reset")
    except LookupError:
        return False
    return True


def _is_mailing(realm: Realm) -> bool:
    return mail.is_sent(realm) or mail.is_shown(realm)


def count(realm: Realm) -> int:
    """Return how many users there are."""
    with realm.reading() as db:
        return db.scalar(select(func.count()).select_from(User)) or 0


def lock_down(realm: Realm, plan: Plan) -> Iterator[Done]:
    """
    Do it, and yield after each piece what was done so far.

    What was done stays done when it is broken off. Called again it goes through all
    once more, since some may have logged in, and writes only to those whose password
    is still there.
    """
    caller, done, last = realm.operator(), Done(), ""
    log.warning("lockdown begins")
    while True:
        with realm.writing(caller) as db:
            asked = select(User.id).where(User.id > last).order_by(User.id)
            ids = db.scalars(asked.limit(AT_ONCE)).all()
            for user in _locked(db, ids):
                done = _lock_out(realm, db, user, caller, plan, done)
        if not ids:
            log.warning("lockdown done users=%s", done.users)
            return
        last = ids[-1]
        yield done


def _locked(db: Session, ids: Sequence[str]) -> Sequence[User]:
    """Return users, locked: operators before others, as where they act on those."""
    is_operator = exists().where(OperatorRow.user_id == User.id)
    asked = select(User).where(User.id.in_(ids)).order_by(is_operator.desc(), User.id)
    return db.scalars(asked.with_for_update()).all()


def force_reset(realm: Realm, db: Session, user: User, caller: Caller) -> None:
    """
    Do it to *user*, who is locked, as where others may know the password (RQ-P9).

    It does not wait for the next login: a stranger might be the first to log in, and
    choose the new one.
    """
    _lock_out(realm, db, user, caller, Plan(), Done(), alone=True)
    log.info("password reset forced user=%s", user.id)


def is_offered(realm: Realm, _db: Session, user: User) -> bool:
    """Tell whether that could be done, and *user* would come back afterwards."""
    is_told = user.email is None or _is_mailing(realm)
    has_password = user.state == "active" and user.password_hash is not None
    return has_password and is_told and _has_reset(realm)


def _lock_out(
    realm: Realm,
    db: Session,
    user: User,
    caller: Caller,
    plan: Plan,
    done: Done,
    *,
    alone: bool = False,
) -> Done:
    ends_password = user.password_hash is not None and not plan.keep_passwords
    db.execute(delete(OneTimeToken).where(OneTimeToken.user_id == user.id))
    ended = sessions.end_all(realm, db, user, caller)
    if ends_password:
        people.set_password(db, user, None)
    else:
        people.void_proofs(db, user)
    event = LockedDown(user_id=user.id, password=ends_password, alone=alone)
    realm.record(db, event, caller)
    is_told = ends_password and user.email is not None and user.state == "active"
    if is_told:
        wait = 60 * (done.mails // plan.mails_a_minute)
        mail.write(realm, db, user, "lockdown/mail", caller.now + wait)
    return replace(
        done,
        users=done.users + 1,
        sessions=done.sessions + ended,
        passwords=done.passwords + ends_password,
        mails=done.mails + is_told,
        unreachable=done.unreachable + (ends_password and user.email is None),
    )
