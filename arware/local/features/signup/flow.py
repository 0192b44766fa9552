"""Signing up: a user, and the login to the new account, all at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arware.kit.web import Reason, Refused

from ... import login, people, tries
from ...caller import Caller
from ...events import AddressRepeated
from ...login import LoggedIn, Pending
from ...models import User
from ...people import NewPassword
from ...texts import EMAIL_TAKEN, _

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

CLOSED = Reason(
    "signup_closed",
    _("Ask whoever runs this site for an account."),
    403,
    _("Sign-up is closed."),
)
TOO_MANY = Reason(
    "too_many_signups",
    _("Too many accounts were created from your network. Try again later."),
    429,
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed who wants an account, in its canonical form; ``""``: none."""

    email: str
    password: NewPassword = field(repr=False)
    first_name: str = ""
    last_name: str = ""


def sign_up(
    realm: Realm,
    caller: Caller,
    wish: Wish,
    write: Callable[..., None] = lambda *_: None,
    then: str = "",
) -> LoggedIn | Pending:
    """
    Make an account and log its owner in.

    User, what features add to one, and session are one transaction: after whatever
    accident all are there or none. Of two that want one address at once the database
    lets one win. *write* writes what was typed into the fields of features. Raises
    :class:`~arware.kit.web.Refused`.
    """
    if realm.settings.signup == "closed":
        raise Refused(CLOSED)
    taken = tries.take(realm, caller, tries.SIGN_UPS, wish.email, reason=TOO_MANY)
    user = User(
        email=wish.email or None,
        password_hash=realm.hash_new(wish.password),
        first_name=wish.first_name or None,
        last_name=wish.last_name or None,
    )
    try:
        with realm.writing(caller) as db:
            people.add(realm, db, caller, user)
            write(realm, db, user, caller)
            done = login.finish(realm, db, caller, user, "password", then)
    except Refused as refused:
        if refused.reason is not EMAIL_TAKEN:
            raise
        pending = _waiting_as_new(realm, caller, user, write)
        if pending is None:
            raise
        if not taken.blocked:  # mails have not said so too often of late (RQ-T7)
            _tell_owner(realm, caller, wish.email)
        return pending
    log.info("signup succeeded user=%s ip=%s", user.id, caller.ip)
    return done


class _Undone(Exception):
    """Rolls a transaction back."""


def _waiting_as_new(
    realm: Realm, caller: Caller, user: User, write: Callable[..., None]
) -> Pending | None:
    """
    Return what a new user would get, too, if that is a step.

    What *write* refuses is refused here as well, though nothing is written: whether a
    user name is taken must not tell whether the address is (RQ-E2).
    """
    with realm.reading() as db:
        pending = login.waiting(realm, db, user)
    if pending is None:
        return None
    try:
        with realm.writing(caller) as db:
            write(realm, db, people.add_decoy(db, caller), caller)
            raise _Undone
    except _Undone:
        return pending


def _tell_owner(realm: Realm, caller: Caller, email: str) -> None:
    """Tell the owner of an address that somebody signed up with it."""
    with realm.writing(caller) as db:
        owner = people.by_email(db, email)
        if owner is not None:
            realm.record(db, AddressRepeated(user_id=owner.id), caller)
            log.info("signup repeated user=%s ip=%s", owner.id, caller.ip)
