"""Asking for a link, confirming with it, and waiting for that at the login."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.secrets import new_secret

from ... import links, login, mail, one_time, people, proof, tries
from ...caller import Caller
from ...events import AddressRepeated, Event, Happening, UnknownUser, UserCreated
from ...login import LoggedIn, Pending
from ...models import PendingLogin, User
from ...texts import _
from .settings import Confirm

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

#: AuthRocket's name for these tokens.
KIND = "tve"


class EmailVerifying(Event):
    """A link to confirm the address was sent."""

    type = "user.email.verifying"
    title = _("A link to confirm an e-mail address was asked for.")


def is_needed(realm: Realm, _db: Session, user: User, _pending: PendingLogin) -> bool:
    """Tell whether a login waits for the user to confirm."""
    return realm.settings[Confirm].mode == "required" and user.is_unconfirmed


def welcome(happening: Happening[UserCreated]) -> None:
    """Mail the link to a new user."""
    realm, db, caller = happening.realm, happening.db, happening.caller
    user = db.get_one(User, happening.event.user_id)
    if realm.settings[Confirm].mode != "off" and user.is_unconfirmed:
        _send(realm, db, caller, user)


def tell_owner(happening: Happening[AddressRepeated]) -> None:
    """Tell the owner of an address that somebody signed up with it once more."""
    realm, db, now = happening.realm, happening.db, happening.caller.now
    user = db.get_one(User, happening.event.user_id)
    mail.write(realm, db, user, "confirm/known", now)


def ask(realm: Realm, caller: Caller, user: User | None, target: str = "") -> None:
    """
    Mail *user* another link.

    For ``None`` the work is the same: a stranger's sign-up with a known address waits
    like one that is real. *target* is counted then. Raises ``Refused`` after too many
    tries of the caller's; where enough mails were sent no further one is (RQ-T7).
    """
    address = (user and user.email) or target
    taken = tries.take(realm, caller, tries.MAILS, address, purpose=KIND)
    with realm.writing(caller) as db:
        is_due = user is not None and user.is_unconfirmed and not taken.blocked
        _send(realm, db, caller, user if is_due else None)


def ask_again(realm: Realm, caller: Caller, email: str) -> None:
    """Do what :func:`ask` does for whoever has the address *email*, or for nobody."""
    with realm.reading() as db:
        user = people.by_email(db, email)
    is_active = user is not None and user.state == "active"
    ask(realm, caller, user if is_active else None, email)


def _send(realm: Realm, db: Session, caller: Caller, user: User | None) -> None:
    links.send(realm, db, caller, user, KIND, "confirm/mail")
    unknown = UnknownUser(event=EmailVerifying.type)
    realm.record(db, EmailVerifying(user_id=user.id) if user else unknown, caller)
    told = "confirmation asked user=%s ip=%s", user and user.id, caller.ip
    after_commit(db, partial(log.info, *told))


def confirm(
    realm: Realm, caller: Caller, token: str, password: str, *, is_known: bool
) -> bool:
    """
    Note that mail reaches the holder of the link. Returns whether the password stays.

    It stays where the holder *is_known* to have it, in this browser, or types it:
    whoever signed up may be somebody else, who used the address before its owner
    did. Raises ``Refused``.
    """
    user, is_same = one_time.holder(realm, KIND, token, caller.now), is_known
    if password and user.password_hash is not None and not is_same:
        proof.check_own_password(realm, caller, user, password, "password")
        is_same = True
    with realm.writing(caller) as db:
        before, user = user, one_time.consume(realm, db, KIND, token, caller.now)
        # Not one that whoever signed up has put in its place meanwhile.
        is_same = is_same and user.credential_version == before.credential_version
        stays = is_same or user.password_hash is None
        people.prove_address(
            realm, db, user, caller, keep_password=stays, is_same_person=is_same
        )
    return stays


def go_on(realm: Realm, caller: Caller, cookie: str) -> LoggedIn | Pending:
    """
    Go on with a login that waited, once the address is confirmed.

    Until then it waits on. So does one that is none, or over: it looks like any other,
    after the same work.
    """
    with realm.reading() as db:
        found = login.find(realm, db, cookie, caller.now)
        is_due = found is not None and not is_needed(realm, db, found[1], found[0])
    if is_due:
        with realm.writing(caller) as db:
            return login.go_on(realm, db, caller, cookie, "confirm")
    step = next(step for step in realm.joined.steps if step.name == "confirm")
    return Pending(step, cookie or new_secret())
