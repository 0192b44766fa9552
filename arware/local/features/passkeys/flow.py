"""Logging in with a passkey, proving oneself anew, adding and removing them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit import passkeys
from arware.kit.passkeys import Answer, Ceremony, NewPasskey, NotGood
from arware.kit.secrets import new_id
from arware.kit.user_agents import browser_of
from arware.kit.web import Reason, Refused

from ... import factors, locking, login, sessions, tries
from ...caller import Caller, Member
from ...events import (
    EmailVerified,
    Event,
    FactorAdded,
    FactorRemoved,
    Happening,
    LockedDown,
    LoginFailed,
)
from ...login import LoggedIn, Pending
from ...models import PendingLogin, User
from ...texts import _
from .models import Passkey, UsedChallenge
from .settings import Passkeys

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

PASSKEY_WRONG = Reason(
    "passkey_wrong",
    _("This passkey did not work. Try again, or use another way to log in."),
)
PASSKEY_LATE = Reason("passkey_late", _("That took too long. Try again."))
PASSKEY_KNOWN = Reason("passkey_known", _("This passkey was added already."))
PASSKEY_GONE = Reason("passkey_gone", _("This passkey was removed already."))
TOO_MANY = Reason(
    "too_many_passkeys", _("You have ${most} passkeys. Remove one of them first.")
)
LAST_WAY_IN = Reason(
    "last_way_in",
    _("You could not log in any more. Add another passkey first."),
)

#: What a passkey proves by itself: that one has it, and that it was opened by what only
#: its owner knows or is (NIST SP 800-63B-4 3.1.7). So it needs no second factor.
PROOFS = "passkey", "user_verification"
#: More than anybody needs.
MOST = 20


class PasskeyAdded(FactorAdded):
    """A passkey was added."""

    type = "user.passkey.added"
    title = _("A passkey was added.")
    notice = _("A passkey was added to your account.")


class PasskeyRemoved(FactorRemoved):
    """A passkey was removed."""

    type = "user.passkey.removed"
    title = _("A passkey was removed.")
    notice = _("A passkey was removed from your account.")


class PasskeysTakenAway(FactorRemoved):
    """An operator removed all passkeys, for somebody who lost them."""

    type = "user.passkey.taken_away"
    title = _("An administrator removed the passkeys.")
    notice = _("We have removed the passkeys of your account.")


class PasskeyCopied(Event):
    """A passkey was refused: its counter says that it may have been copied (RQ-M6)."""

    type = "user.passkey.copied"
    title = _("A passkey was refused, since it may have been copied.")
    notice = _(
        "One of your passkeys was refused, since it may have been copied. Remove it "
        "from your account, and add a new one."
    )


# Who has passkeys.


def of(db: Session, user_id: str) -> Sequence[Passkey]:
    """Return the passkeys of a user, the oldest first."""
    theirs = select(Passkey).where(Passkey.user_id == user_id)
    return db.scalars(theirs.order_by(Passkey.created_at, Passkey.id)).all()


def has_one(_realm: Realm, db: Session, user: User) -> bool:
    """Tell whether a user has a passkey."""
    theirs = select(Passkey.id).where(Passkey.user_id == user.id).limit(1)
    return db.scalars(theirs).first() is not None


def protected(db: Session) -> int:
    """Return how many users have passkeys."""
    return db.scalar(select(func.count(Passkey.user_id.distinct()))) or 0


def is_needed(realm: Realm, db: Session, user: User, pending: PendingLogin) -> bool:
    """Tell whether a login lacks a second factor. Any one is enough."""
    is_asked = realm.settings[Passkeys].second_factor
    return is_asked and factors.is_needed(pending) and has_one(realm, db, user)


def is_alone(user: User) -> bool:
    """
    Tell whether a passkey is shown beside no password, so that its owner is verified.

    Else a fresh proof of who logs in by passkeys would take no more than to have one
    (RQ-M6).
    """
    return user.password_hash is None


# Showing one.


def log_in(
    realm: Realm, caller: Caller, ceremony: Ceremony, text: str
) -> LoggedIn | Pending:
    """
    Log in whoever shows a passkey that its owner was verified for.

    *text* is the authenticator's answer. Whatever is wrong with it gets one refusal.
    """
    answer = read(realm, ceremony, text, caller.now)
    with realm.reading() as db:
        asked = select(Passkey.user_id)
        found = asked.where(Passkey.credential_id == answer.credential_id)
        user_id = db.scalars(found).first()
    if user_id is not None:
        with realm.writing(caller) as db:
            user = locking.lock(db, user_id)
            is_active = user is not None and user.state == "active"
            if user and is_active and use(realm, db, caller, user, ceremony, answer):
                return login.finish(realm, db, caller, user, PROOFS)
            failed = LoginFailed(user_id=user_id, proof="passkey")
            realm.record(db, failed, caller)
    log.info("passkey refused user=%s ip=%s", user_id or "unknown", caller.ip)
    raise Refused(PASSKEY_WRONG)


def prove(
    realm: Realm, member: Member, ceremony: Ceremony, text: str
) -> LoggedIn | Pending:
    """Prove the session of *member* anew by a passkey of theirs. Raises ``Refused``."""
    answer = read(realm, ceremony, text, member.now)
    with realm.writing(member) as db:
        user = db.get_one(User, member.user.id)
        if use(realm, db, member, user, ceremony, answer):
            return login.prove(realm, db, member, PROOFS)
        realm.record(db, LoginFailed(user_id=user.id, proof="passkey"), member)
    raise Refused(PASSKEY_WRONG)


def answer(
    realm: Realm, caller: Caller, cookie: str, text: str, *, ceremony: Ceremony
) -> LoggedIn | Pending:
    """Go on with a login by a passkey as its second factor."""
    given = read(realm, ceremony, text, caller.now)

    def is_right(db: Session, user: User) -> bool:
        alone = is_alone(user)
        return use(realm, db, caller, user, ceremony, given, verify=alone)

    wrong = Refused(PASSKEY_WRONG)
    return factors.answer(realm, caller, cookie, "passkey", is_right, wrong)


def read(realm: Realm, ceremony: Ceremony, text: str, now: int) -> Answer:
    """Return what was answered, if it was asked for here. Raises :class:`Refused`."""
    try:
        given = passkeys.read(text)
    except NotGood:
        raise Refused(PASSKEY_WRONG) from None
    try:
        passkeys.check_challenge(realm, ceremony, given.challenge, now)
    except NotGood:
        raise Refused(PASSKEY_LATE) from None
    return given


def use(
    realm: Realm,
    db: Session,
    caller: Caller,
    user: User,
    ceremony: Ceremony,
    given: Answer,
    *,
    verify: bool = True,
) -> bool:
    """
    Use an answer up; tell whether it shows a passkey of *user*, who must be locked.

    A passkey whose counter does not go on is refused, and its owner told.
    """
    theirs = Passkey.credential_id == given.credential_id, Passkey.user_id == user.id
    passkey = db.scalars(select(Passkey).where(*theirs)).first()
    if passkey is None or given.user_handle not in ("", user.id):
        return False
    try:
        number = passkeys.check(ceremony, given, passkey, verify=verify)
    except NotGood as fault:
        log.info("passkey not good user=%s reason=%s", user.id, fault.reason)
        return False
    challenge, now = given.challenge, caller.now
    if not passkeys.use_challenge(db, UsedChallenge, challenge, now):
        return False
    if passkeys.count(db, Passkey, passkey.id, number, now):
        return True
    log.warning("passkey perhaps copied user=%s", user.id)
    realm.record(db, PasskeyCopied(user_id=user.id), caller)
    return False


def forget_challenges(db: Session, before: int, most: int) -> int:
    """Forget the challenges that would be over anyway."""
    return passkeys.forget_challenges(db, UsedChallenge, before, most)


# Adding and removing them.


def add(realm: Realm, member: Member, ceremony: Ceremony, name: str, text: str) -> str:
    """
    Add a passkey that an authenticator has made. The other sessions end (RQ-S5).

    Returns a new cookie for the member's own. Raises :class:`Refused`.
    """
    made, given = read_new(realm, ceremony, text, member.now)
    user = member.user
    with realm.writing(member) as db:
        if len(of(db, user.id)) >= MOST:
            raise Refused(TOO_MANY, most=MOST)
        keep(db, member, user, given, made, name)
        event = PasskeyAdded(user_id=user.id, factor="passkey")
        factors.changed(realm, db, user, member, event)
        return sessions.renew(realm, db, member.session.id)


def read_new(
    realm: Realm, ceremony: Ceremony, text: str, now: int
) -> tuple[NewPasskey, Answer]:
    """Return the passkey that an answer brings. Raises :class:`Refused`."""
    given = read(realm, ceremony, text, now)
    try:
        return passkeys.check_new(ceremony, given), given
    except NotGood:
        raise Refused(PASSKEY_WRONG) from None


def keep(
    db: Session,
    caller: Caller,
    user: User,
    given: Answer,
    made: NewPasskey,
    name: str = "",
) -> None:
    """
    Store a passkey, and use its answer up. Raises :class:`Refused`.

    Without a *name* it has that of the browser that it was made in.
    """
    now = caller.now
    name = name or " · ".join(filter(None, browser_of(caller.client)))
    if not passkeys.use_challenge(db, UsedChallenge, given.challenge, now):
        raise Refused(PASSKEY_LATE)
    values = asdict(made) | {"name": name, "created_at": now}
    db.add(Passkey(id=new_id("pky"), user_id=user.id, **values))
    try:
        db.flush()
    except IntegrityError:
        raise Refused(PASSKEY_KNOWN) from None


def remove(realm: Realm, member: Member, passkey_id: str) -> str:
    """
    Remove a passkey, unless nothing else lets its owner in (RQ-M6).

    The other sessions end (RQ-S5). Returns a new cookie for the member's own.
    """
    with realm.writing(member) as db:
        user = db.get_one(User, member.user.id)
        if not _remove(realm, db, user, member, PasskeyRemoved, passkey_id):
            raise Refused(PASSKEY_GONE)
        # What was done so far is undone with the transaction.
        if not login.has_way_in(realm, db, user):
            raise Refused(LAST_WAY_IN)
        return sessions.renew(realm, db, member.session.id)


def take_away(realm: Realm, db: Session, user: User, caller: Caller) -> None:
    """
    Remove all passkeys of somebody who lost them, as an operator.

    The user's sessions end, and so does every wait after too many tries.
    """
    if _remove(realm, db, user, caller, PasskeysTakenAway):
        tries.end_waits(realm, db, user)


def forget(happening: Happening[EmailVerified]) -> None:
    """Remove those of whoever signed up, at the first proof of the address."""
    event = happening.event
    if event.first and not event.is_same_person:
        user = happening.db.get_one(User, event.user_id)
        _remove(happening.realm, happening.db, user, happening.caller, PasskeyRemoved)


def end_all(happening: Happening[LockedDown]) -> None:
    """
    Remove those of somebody whose password others may know.

    Where the password is all that a fresh proof takes, they may have added one.
    """
    event, db = happening.event, happening.db
    if event.alone and event.password:
        user = db.get_one(User, event.user_id)
        _remove(happening.realm, db, user, happening.caller, PasskeysTakenAway)


def _remove(
    realm: Realm,
    db: Session,
    user: User,
    caller: Caller,
    event: type[FactorRemoved],
    passkey_id: str | None = None,
) -> bool:
    gone = delete(Passkey).where(Passkey.user_id == user.id)
    if passkey_id is not None:
        gone = gone.where(Passkey.id == passkey_id)
    if not db.scalars(gone.returning(Passkey.id)).all():
        return False
    change = event(user_id=user.id, factor="passkey")
    factors.changed(realm, db, user, caller, change)
    return True
