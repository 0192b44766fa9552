"""Choosing a user name."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit.web import Reason, Refused

from ... import login, tries
from ...caller import Caller, Member
from ...events import Event
from ...models import User
from ...texts import USERNAME_TAKEN, _

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
    notice = _("Your user name was changed.")


def write(
    realm: Realm, db: Session, user: User, _caller: Caller, username: str
) -> None:
    """
    Give *user* a user name, or none.

    Its spelling is the one that all others are compared by, so that the database lets
    one of two win (AK-B16). Raises :class:`~arware.kit.web.Refused` for the other, and
    for somebody who would be left with nothing to log in with; the transaction is lost.
    """
    if not username and user.email is None:
        raise Refused(NEEDED, "username")
    if username:
        _free(realm, db, username)
    user.username = username or None
    try:
        db.flush()
    except IntegrityError:
        raise Refused(USERNAME_TAKEN, "username") from None


def _free(realm: Realm, db: Session, username: str) -> None:
    """
    Take a user name away from who has signed up with it, and has never come further.

    Nobody has one for good by a sign-up alone. And else it would tell strangers whether
    it made an account: one that did not, for the address has one, takes no name either
    (RQ-E2). The work is the same for a name that is free. Who has logged in before, and
    may not now, is known by the name, and keeps it.
    """
    holder = db.scalars(
        select(User).where(User.username == username, User.last_login_at.is_(None))
    ).first()
    is_barred = holder is not None and login.is_barred(realm, db, holder)
    loser = holder.id if holder is not None and is_barred else ""
    db.execute(update(User).where(User.id == loser).values(username=None))


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
