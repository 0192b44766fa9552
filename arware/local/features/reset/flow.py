"""Asking for a link, and choosing a new password with it."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit.operator import NotDone

from ... import links, mail, one_time, people, sessions
from ...caller import Caller
from ...events import Event, PasswordUpdated
from ...models import User
from ...texts import _

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

#: AuthRocket's name for these tokens.
KIND = "tpw"


class PasswordResetting(Event):
    """Somebody asked for a link to choose a new password."""

    type = "user.password.resetting"
    title = _("A link to choose a new password was asked for.")
    by_strangers = True


class PasswordReset(PasswordUpdated):
    """A new password was chosen with a link."""

    title = _("The password was reset.")
    notice = _("Your password was reset.")


def ask(realm: Realm, caller: Caller, name: str) -> None:
    """Mail a link to the user called *name*, if there is one: :func:`.links.ask`."""
    write = partial(links.write, kind=KIND, template="reset/mail")
    links.ask(realm, caller, name, KIND, PasswordResetting, write)


def send(realm: Realm, db: Session, user: User, caller: Caller) -> None:
    """Mail a link to *user*, as an operator."""
    links.send(realm, db, caller, user, KIND, "reset/mail")
    realm.record(db, PasswordResetting(user_id=user.id), caller)
    log.info("password link sent user=%s", user.id)


def is_offered(_realm: Realm, _db: Session, user: User) -> bool:
    """Tell whether an operator could do that."""
    return user.state == "active" and user.email is not None


def link_for(realm: Realm, name: str) -> str:
    """
    Return a link for somebody without an address, for an operator to hand over.

    *name* is a user name or an id. Who has an address gets none but by mail: whoever
    uses it shows that mail arrives there. Raises
    :class:`~arware.kit.operator.NotDone`.
    """
    caller = realm.operator()
    with realm.writing(caller) as db:
        user = people.find_locked(db, name)
        if user is None or user.state != "active":
            raise NotDone(f"there is no active user {name}", "user_unknown")
        if user.email is not None:
            raise NotDone(
                f"{name} has an e-mail address; use `user reset`", "has_email"
            )
        token = one_time.make(realm, db, KIND, user, caller.now)
        realm.record(db, PasswordResetting(user_id=user.id), caller)
    log.info("password link made user=%s", user.id)
    return mail.url_of(realm, "choose", token=token)


def choose(realm: Realm, caller: Caller, token: str, password: str) -> None:
    """
    Set a new password by a link, and log out everywhere (RQ-K9).

    That is also how somebody without a password gets one, and how one that is off is on
    again (RQ-T5). A mailed link has shown that mail reaches the address. A second
    factor is not touched: the next login asks for it. Raises
    :class:`~arware.kit.web.Refused`.
    """
    # A bogus link costs no hashing.
    user = one_time.holder(realm, KIND, token, caller.now)
    wanted = people.read_password(realm, password, people.context_of(user))
    hashed = realm.hash_new(wanted)
    with realm.writing(caller) as db:
        user = one_time.consume(realm, db, KIND, token, caller.now)
        people.set_password(db, user, hashed)
        people.prove_address(realm, db, user, caller, keep_password=True)
        ended = sessions.end_all(realm, db, user, caller)
        realm.record(db, PasswordReset(user_id=user.id), caller)
    log.info("password reset user=%s sessions_ended=%s", user.id, ended)
