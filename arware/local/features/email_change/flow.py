"""Asking for another address, and proving it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit import one_time as tokens
from arware.kit.web import Reason, Refused

from ... import mail, one_time, people, proof, sessions, tries
from ...caller import Caller, Member
from ...events import EmailUpdated, EmailVerified, Event, Happening
from ...models import OneTimeToken, User
from ...texts import _

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

KIND = "tec"

TAKEN = Reason("email_taken", _("Another account has this e-mail address."))
NOT_YOURS = Reason(
    "link_of_another",
    _("This link belongs to another account. Log in to that one."),
    403,
)


@dataclass(frozen=True, kw_only=True)
class EmailChangeAsked(Event):
    """The user wants another address, *email*, which is not proved yet."""

    type = "user.email.change_asked"
    title = _("Another e-mail address was asked for.")
    labels = (("email", _("Address")),)

    email: str


def waiting(db: Session, user: User, now: int) -> str | None:
    """Return the address that *user* wants, and has not proved yet."""
    asked = select(OneTimeToken.address).where(
        OneTimeToken.user_id == user.id,
        OneTimeToken.kind == KIND,
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now,
        OneTimeToken.version == user.credential_version,
    )
    return db.scalars(asked).first()


def ask(realm: Realm, member: Member, email: str, password: str) -> None:
    """
    Mail a link to *email*, and warn the address that *member* has.

    Whether the new one is somebody else's is told to them alone, by mail (RQ-E1).
    Who has no password is asked for none: the page asks for a fresh proof in its place.
    Raises ``Refused`` for a wrong password, and after too many tries.
    """
    user = member.user
    if email == user.email:
        return
    if user.password_hash is not None:
        proof.check_own_password(realm, member, user, password, "current_password")
    taken = tries.take(realm, member, tries.MAILS, email, purpose=KIND, field="email")
    with realm.writing(member) as db:
        if not taken.blocked:
            _send(realm, db, member, user, email)
    log.info("address change asked user=%s ip=%s", user.id, member.ip)


def _send(realm: Realm, db: Session, caller: Caller, user: User, email: str) -> None:
    # Made for a taken address, too: all that the user can see is the same.
    token = one_time.make(realm, db, KIND, user, caller.now, email)
    owner = people.by_email(db, email)
    if owner is None:
        values = {"token": token, "minutes": one_time.minutes(realm, KIND)}
        locale = user.locale or caller.locale
        template = "email_change/mail"
        mail.write(realm, db, email, template, caller.now, locale=locale, **values)
    else:
        mail.write(realm, db, owner, "email_change/known", caller.now)
    if tries.may_tell(realm, db, user, caller.now):
        template = "email_change/warning"
        own = {"locale": caller.locale, "address": email}
        mail.write(realm, db, user, template, caller.now, **own)
    realm.record(db, EmailChangeAsked(user_id=user.id, email=email), caller)


def prove(realm: Realm, member: Member, token: str) -> tuple[str, str]:
    """
    Change the address of *member* to the one that the link was sent to.

    All other sessions end. Returns the address, and a new cookie for the member's own;
    the old one opens nothing any more.

    The link is good for its user alone, and for the address that it was sent to: of two
    changes at once neither gets the address of the other (AK-B09). Raises ``Refused``.
    """
    user = member.user
    # Before any lock: two users are never locked in one transaction.
    if one_time.look(realm, KIND, token, member.now).user_id != user.id:
        raise Refused(NOT_YOURS)
    with realm.writing(member) as db:
        holder, row = one_time.consume_row(realm, db, KIND, token, member.now)
        old, new = holder.email, row.address
        values = {
            "email": new,
            "email_verified": True,
            "credential_version": User.credential_version + 1,
        }
        try:
            db.execute(update(User).where(User.id == user.id).values(values))
        except IntegrityError:
            # Somebody signed up with it meanwhile (AK-F12).
            raise Refused(TAKEN) from None
        sessions.end_all(realm, db, user, member, but=member.session.id)
        cookie = sessions.renew(realm, db, member.session.id)
        realm.record(db, EmailUpdated(user_id=user.id, old=old, email=new), member)
        proved = EmailVerified(user_id=user.id, email=new, first=False)
        realm.record(db, proved, member)
    log.info("address changed user=%s ip=%s", user.id, member.ip)
    return new, cookie


def forget(happening: Happening[EmailVerified]) -> None:
    """Void what whoever signed up had asked for, at the first proof of the address."""
    if happening.event.first:
        user_id, now = happening.event.user_id, happening.caller.now
        tokens.void(happening.db, OneTimeToken, KIND, user_id, now)
