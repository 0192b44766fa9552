"""Who has passkeys; logging in with one, and proving a session anew."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from arware.kit import passkeys
from arware.kit.passkeys import Answer, Ceremony, NotGood
from arware.kit.web import Reason, Refused

from ... import factors, locking, login
from ...caller import Caller, Member
from ...events import Event, LoginFailed
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

#: What a passkey proves by itself: that one has it, and that it was opened by what only
#: its owner knows or is (NIST SP 800-63B-4 3.1.7). So it needs no second factor.
PROOFS = "passkey", "user_verification"


class PasskeyCopied(Event):
    """A passkey was refused: its counter says that it may have been copied (RQ-M6)."""

    type = "user.passkey.copied"
    title = _("A passkey was refused, since it may have been copied.")
    notice = _(
        "One of your passkeys was refused, since it may have been copied. Remove it "
        "from your account, and add a new one."
    )


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
    Tell whether a passkey of *user* has to verify its owner: there is no password.

    Else whoever holds the device would pass as its owner at a fresh proof (RQ-M6).
    """
    return user.password_hash is None


def log_in(
    realm: Realm, caller: Caller, ceremony: Ceremony, text: str
) -> LoggedIn | Pending:
    """
    Log in by a passkey that verified its owner, such as by a fingerprint.

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
