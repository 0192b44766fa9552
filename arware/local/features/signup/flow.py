"""Signing up: a user, and the login to the new account, all at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit.secrets import new_id
from arware.kit.web import Reason, Refused

from ... import login, people, tries
from ...caller import Caller
from ...events import AddressRepeated
from ...login import LoggedIn, Pending
from ...models import User
from ...people import Names, NewPassword
from ...texts import EMAIL_TAKEN, _

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

CLOSED = Reason(
    "signup_closed",
    _("Ask an administrator of this site for an account."),
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
    names: Names = field(default_factory=dict)


def sign_up(
    realm: Realm,
    caller: Caller,
    wish: Wish,
    write: Callable[..., None] = lambda *_: None,
) -> LoggedIn | Pending:
    """
    Make an account and log its owner in.

    User, what features add to one, and session are one transaction: after whatever
    accident all are there or none. Of two that want one address at once the database
    lets one win. *write* writes what was typed into the fields of features. Raises
    :class:`~arware.kit.web.Refused`.

    Where each new user waits, as for a mail to be confirmed, a taken address gets the
    same answer after the same work, and its owner a mail: nobody else learns who has an
    account (RQ-E2). A new user is then made and told of nothing, a taken address is
    told and nobody made: both is done for both, and one of the two is undone.
    """
    if realm.settings.signup == "closed":
        raise Refused(CLOSED)
    taken = tries.take(realm, caller, tries.SIGN_UPS, wish.email, reason=TOO_MANY)
    with realm.reading() as db:
        is_taken = people.by_email(db, wish.email) is not None
        is_secret = login.is_barred(realm, db, User(email=wish.email or None))
    if is_taken and not is_secret:
        raise Refused(EMAIL_TAKEN, "email")
    making = _Making(realm, caller, wish, realm.hash_new(wish.password), write)
    try:
        done = making.run(undo=is_taken)
    except Refused as refused:
        if not is_secret or refused.reason is not EMAIL_TAKEN:
            raise
        is_taken, done = True, making.run(undo=True)  # somebody was faster
    if is_secret:
        # Not if mails have said so too often of late (RQ-T7).
        _tell_owner(realm, caller, wish.email, undo=not is_taken or taken.blocked)
    return done


class _Undone(Exception):
    """Rolls a transaction back."""


@contextmanager
def _writing(realm: Realm, caller: Caller, *, undo: bool) -> Iterator[Session]:
    """Open a transaction that does all its work, and with *undo* leaves no trace."""
    with suppress(_Undone), realm.writing(caller) as db:
        yield db
        db.flush()
        if undo:
            raise _Undone


@dataclass(frozen=True, slots=True)
class _Making:
    """A new user, and the login to the account, to be made."""

    realm: Realm
    caller: Caller
    wish: Wish
    hashed: str = field(repr=False)
    write: Callable[..., None]

    def run(self, *, undo: bool) -> LoggedIn | Pending:
        """Make them; with *undo*, for an address that is taken, leave no trace."""
        realm, caller, wish = self.realm, self.caller, self.wish
        user = User(
            email=f"{new_id('usr')}@invalid" if undo else wish.email or None,
            password_hash=self.hashed,
            **wish.names,
        )
        with _writing(realm, caller, undo=undo) as db:
            people.add(realm, db, caller, user)
            # What it refuses is refused here, too: whether a user name is taken must
            # not tell whether the address is.
            self.write(realm, db, user, caller)
            return login.finish(realm, db, caller, user, "password")


def _tell_owner(realm: Realm, caller: Caller, email: str, *, undo: bool) -> None:
    """Tell the owner of an address that somebody signed up with it, unless *undo*."""
    with _writing(realm, caller, undo=undo) as db:
        owner = people.by_email(db, email)
        if owner is not None:
            realm.record(db, AddressRepeated(user_id=owner.id), caller)
