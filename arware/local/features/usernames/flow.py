"""Choosing a user name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit.web import Reason, Refused

from ... import login, tries
from ...caller import Caller, Member
from ...events import EmailVerified, Event, Happening
from ...models import User
from ...texts import USERNAME_TAKEN, _
from .models import WantedUsername

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

TOO_MANY = Reason(
    "too_many_usernames",
    _("Too many user names were tried from your network. Try again later."),
    429,
)


NEEDED = Reason(
    "username_needed",
    _("You need one to log in, since your account has no e-mail address."),
)


@dataclass(frozen=True, kw_only=True)
class UsernameUpdated(Event):
    """The user has another user name, or none any more."""

    type = "user.username.updated"
    title = _("The user name was changed.")
    notice = _("Your user name was changed.")


def write(
    _realm: Realm, db: Session, user: User, _caller: Caller, username: str
) -> None:
    """
    Give *user* a user name, or none.

    Its spelling is the one that all others are compared by, so that the database lets
    one of two win (AK-B16). Raises :class:`~arware.kit.web.Refused` for the other, and
    for somebody who would be left with nothing to log in with; the transaction is lost.
    """
    if not username and user.email is None:
        raise Refused(NEEDED, "username")
    user.username = username or None
    try:
        db.flush()
    except IntegrityError:
        raise Refused(USERNAME_TAKEN, "username") from None


def write_new(
    realm: Realm, db: Session, user: User, caller: Caller, username: str
) -> None:
    """
    Give somebody who signs up a user name, at once or once the address is proved.

    Where nobody logs in before that, a name is only wanted until then. So nobody holds
    one by a sign-up alone; and whether a name is taken now does not tell whether a
    sign-up with it made an account, or the address had one already (RQ-E2).
    """
    if not username or not login.is_barred(realm, db, user):
        write(realm, db, user, caller, username)
        return
    if db.scalars(select(User.id).where(User.username == username)).first():
        raise Refused(USERNAME_TAKEN, "username")
    db.add(WantedUsername(user_id=user.id, username=username))


def give_wanted(happening: Happening[EmailVerified]) -> None:
    """Give who proves the address the user name that they wanted, if it is free."""
    db, user_id = happening.db, happening.event.user_id
    gone = delete(WantedUsername).where(WantedUsername.user_id == user_id)
    wanted = db.scalars(gone.returning(WantedUsername.username)).first()
    if wanted is not None:
        given = update(User).where(User.id == user_id).values(username=wanted)
        with suppress(IntegrityError), db.begin_nested():
            db.execute(given)


def change(realm: Realm, member: Member, write: Callable[..., None]) -> None:
    """
    Change the user name of *member*, by *write*.

    Whether one is taken is told to who tries it, so tries are counted.
    """
    tries.take(realm, member, tries.SIGN_UPS, reason=TOO_MANY)
    with realm.writing(member) as db:
        user = db.get_one(User, member.user.id)
        write(realm, db, user, member)
        realm.record(db, UsernameUpdated(user_id=user.id), member)
    log.info("user name changed user=%s", member.user.id)
