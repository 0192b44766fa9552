"""Switching one-time passwords on, asking for one, switching them off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit import totp
from arware.kit.sealing import CannotOpen
from arware.kit.web import Reason, Refused

from ... import factors, sessions, tries
from ...caller import Caller, Member
from ...events import EmailVerified, FactorAdded, FactorRemoved, Happening
from ...login import LoggedIn, Pending
from ...models import PendingLogin, User
from ...texts import _
from .models import Authenticator
from .settings import Totp

if TYPE_CHECKING:
    from ...realm import Realm

CODE_WRONG = Reason(
    "code_wrong",
    _(
        "This code is wrong, or was used already. Enter the one that your app shows "
        "now."
    ),
)
OFFER_OVER = Reason(
    "offer_over",
    _("That took too long. Scan the new picture, and enter the code."),
)
ALREADY_ON = Reason("totp_on", _("One-time passwords are on already."))
ADDRESS_UNCONFIRMED = Reason(
    "address_unconfirmed",
    _("Confirm your e-mail address first. Then you can switch on one-time passwords."),
    403,
)

#: For how many seconds a picture may be scanned before it is drawn anew.
OFFER_SECONDS = 15 * 60


class TotpEnabled(FactorAdded):
    """One-time passwords were switched on."""

    type = "user.totp.enabled"
    title = _("One-time passwords were switched on.")
    notice = _("One-time passwords were switched on for your account.")


class TotpDisabled(FactorRemoved):
    """One-time passwords were switched off."""

    type = "user.totp.disabled"
    title = _("One-time passwords were switched off.")
    notice = _("One-time passwords were switched off for your account.")


class TotpTakenAway(FactorRemoved):
    """An operator switched them off, for somebody who lost the application."""

    type = "user.totp.taken_away"
    title = _("An administrator switched off one-time passwords.")
    notice = _("We have switched off one-time passwords for your account.")


@dataclass(frozen=True, slots=True)
class Offer:
    """A secret to be scanned, and the same *sealed*, for the form to bring back."""

    secret: str = field(repr=False)
    sealed: str = field(repr=False)


def is_needed(_realm: Realm, db: Session, user: User, pending: PendingLogin) -> bool:
    """Tell whether a login lacks a second factor. Any one is enough."""
    return factors.is_needed(pending) and is_on(db, user)


def is_on(db: Session, user: User) -> bool:
    """Tell whether a user has one-time passwords."""
    return db.get(Authenticator, user.id) is not None


def protected(db: Session) -> int:
    """Return how many users have one-time passwords."""
    return db.scalar(select(func.count()).select_from(Authenticator)) or 0


def offer(realm: Realm, user: User, now: int, sealed: str = "") -> Offer:
    """
    Return a secret that *user* may switch on; that of *sealed* if it can still be.

    Raises :class:`Refused` while the user's address is not confirmed (RQ-M4): whoever
    signed up with the address of somebody else must not be able to lock them out.
    """
    if user.is_unconfirmed:
        raise Refused(ADDRESS_UNCONFIRMED)
    kept = _opened(realm, user, sealed, now)
    if kept is not None:
        return Offer(kept, sealed)
    secret = totp.new_secret()
    text = f"{now} {secret}"
    return Offer(secret, realm.sealer.seal(text, purpose="totp.offer", row=user.id))


def switch_on(realm: Realm, member: Member, sealed: str, code: str) -> str:
    """
    Switch them on, once a *code* shows that the application has the offered secret.

    That code is used by it (RQ-M2). The user's other sessions end (RQ-S5). Returns a
    new cookie for the member's own.
    """
    user, now = member.user, member.now
    secret = _opened(realm, user, sealed, now)
    if secret is None:
        raise Refused(OFFER_OVER, "code")
    step = _step(realm, secret, code, now)
    if step is None:
        raise Refused(CODE_WRONG, "code")
    kept = _sealed(realm, user, secret)
    row = Authenticator(user_id=user.id, secret=kept, last_step=step)
    with realm.writing(member) as db:
        try:
            db.add(row)
            db.flush()
        except IntegrityError:
            raise Refused(ALREADY_ON) from None
        event = TotpEnabled(user_id=user.id, factor="totp")
        factors.changed(realm, db, user, member, event)
        return sessions.renew(realm, db, member.session.id)


def answer(realm: Realm, caller: Caller, cookie: str, code: str) -> LoggedIn | Pending:
    """Go on with a login by a code. Each is good once."""

    def is_right(db: Session, user: User) -> bool:
        return use(realm, db, user, code, caller.now)

    wrong = Refused(CODE_WRONG, "code")
    return factors.answer(realm, caller, cookie, "totp", is_right, wrong)


def use(realm: Realm, db: Session, user: User, code: str, now: int) -> bool:
    """Use a code of *user* up; tell whether it was right, and not used before."""
    row = db.get(Authenticator, user.id)
    if row is None:
        return False
    secret = realm.sealer.open(row.secret, purpose="totp", row=user.id)
    step = _step(realm, secret, code, now, after=row.last_step)
    if step is None:
        return False
    is_stale = realm.sealer.is_stale(row.secret)
    renewed = {"secret": _sealed(realm, user, secret)} if is_stale else {}
    return totp.use_step(db, Authenticator, user.id, step, **renewed)


def _step(
    realm: Realm, secret: str, code: str, now: int, after: int = -1
) -> int | None:
    window = realm.settings[Totp].window
    return totp.matched_step(secret, code, now, after=after, window=window)


def switch_off(realm: Realm, member: Member) -> str:
    """
    Switch them off. The user's other sessions end (RQ-S5).

    Returns a new cookie for the member's own.
    """
    with realm.writing(member) as db:
        _remove(realm, db, member.user, member, TotpDisabled)
        return sessions.renew(realm, db, member.session.id)


def take_away(realm: Realm, db: Session, user: User, caller: Caller) -> None:
    """
    Switch them off for somebody who lost the application, as an operator.

    The user's sessions end, and so does every wait after too many tries.
    """
    if _remove(realm, db, user, caller, TotpTakenAway):
        tries.end_waits(realm, db, user)


def forget(happening: Happening[EmailVerified]) -> None:
    """Switch off what whoever signed up had set, at the first proof of the address."""
    if happening.event.first:
        user = happening.db.get_one(User, happening.event.user_id)
        _remove(happening.realm, happening.db, user, happening.caller, TotpDisabled)


def _remove(
    realm: Realm, db: Session, user: User, caller: Caller, event: type[FactorRemoved]
) -> bool:
    gone = delete(Authenticator).where(Authenticator.user_id == user.id)
    if not db.scalars(gone.returning(Authenticator.user_id)).all():
        return False
    factors.changed(realm, db, user, caller, event(user_id=user.id, factor="totp"))
    return True


def _sealed(realm: Realm, user: User, secret: str) -> str:
    return realm.sealer.seal(secret, purpose="totp", row=user.id)


def _opened(realm: Realm, user: User, sealed: str, now: int) -> str | None:
    """Return the secret of an offer, unless it is none of *user*, or too old."""
    try:
        text = realm.sealer.open(sealed, purpose="totp.offer", row=user.id)
    except CannotOpen:
        return None
    made, _, secret = text.partition(" ")
    return secret if int(made) > now - OFFER_SECONDS else None
