"""Adding passkeys and removing them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit import passkeys
from arware.kit.passkeys import Answer, Ceremony, NewPasskey, NotGood
from arware.kit.secrets import new_id
from arware.kit.user_agents import browser_of
from arware.kit.web import Reason, Refused

from ... import factors, login, sessions, tries
from ...caller import Caller, Member
from ...events import EmailVerified, FactorAdded, FactorRemoved, Happening, LockedDown
from ...models import User
from ...texts import _
from .flow import PASSKEY_LATE, PASSKEY_WRONG, of, read
from .models import Passkey, UsedChallenge

if TYPE_CHECKING:
    from ...realm import Realm

PASSKEY_KNOWN = Reason("passkey_known", _("This passkey was added already."))
PASSKEY_GONE = Reason("passkey_gone", _("This passkey was removed already."))
TOO_MANY = Reason(
    "too_many_passkeys", _("You have ${most} passkeys. Remove one of them first.")
)
LAST_WAY_IN = Reason(
    "last_way_in",
    _("You could not log in any more. Add another passkey first."),
)

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
    """Remove those from before the first proof of the address."""
    event = happening.event
    if event.first and not event.is_same_person:
        user = happening.db.get_one(User, event.user_id)
        _remove(happening.realm, happening.db, user, happening.caller, PasskeyRemoved)


def end_all(happening: Happening[LockedDown]) -> None:
    """
    Remove those of a user whose password others may know.

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
