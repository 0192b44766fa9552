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
    """What somebody typed who wants an account, in its canonical form."""

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
        email=wish.email,
        password_hash=realm.hash_new(wish.password),
        first_name=wish.first_name or None,
        last_name=wish.last_name or None,
    )
    try:
        with realm.writing() as db:
            people.add(realm, db, caller, user)
            write(realm, db, user, caller)
            done = login.finish(realm, db, caller, user, "password", then)
    except Refused as refused:
        if refused.reason is not EMAIL_TAKEN:
            raise
        return _hidden(realm, caller, user, refused, is_told=not taken.blocked)
    log.info("signup succeeded user=%s ip=%s", user.id, caller.ip)
    return done


def _hidden(
    realm: Realm, caller: Caller, user: User, taken: Refused, *, is_told: bool
) -> Pending:
    """
    Return what a new user would get too, if that is a step; else raise *taken*.

    The owner *is_told*, unless mails have said so often enough of late (RQ-T7).
    """
    with realm.writing() as db:
        pending = login.waiting(realm, db, user)
        owner = people.by_email(db, user.email)
        if pending is None or owner is None:
            raise taken
        if is_told:
            realm.record(db, AddressRepeated(user_id=owner.id), caller)
    log.info("signup repeated user=%s ip=%s", owner.id, caller.ip)
    return pending
