"""Changing one's own name, e-mail address and password."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from arware.kit.web.refusals import Reason, Refused

from ... import people, proof, sessions, tries
from ...caller import Caller
from ...events import EmailUpdated, PasswordUpdated, ProfileUpdated
from ...models import User
from ...sessions import Visitor
from ...texts import PASSWORD_WRONG, _, gather

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

TOO_MANY = Reason(
    "too_many_addresses",
    _("Too many addresses were entered from your network. Try again later."),
    429,
)
TAKEN = Reason("email_taken", _("Another account has this e-mail address."))


def change_details(
    realm: Realm,
    caller: Caller,
    visitor: Visitor,
    *,
    first_name: str,
    last_name: str,
    email: str,
    current_password: str,
) -> None:
    """Change the name, and with the current password also the e-mail address."""
    user = visitor.user
    first, last, address = _read(first_name, last_name, email)
    names = {"first_name": first or None, "last_name": last or None}
    moves = address != user.email
    if moves:
        _prove(realm, caller, user, current_password)
        tries.take(realm, caller, tries.SIGN_UPS, reason=TOO_MANY)
    try:
        with realm.writing() as db:
            if moves and proof.unchanged(db, user) is None:
                raise Refused(PASSWORD_WRONG, "current_password")
            db.execute(update(User).where(User.id == user.id).values(names))
            event = ProfileUpdated(user_id=user.id, fields=tuple(names))
            realm.record(db, event, caller)
            if moves:
                change = update(User).where(User.id == user.id)
                db.execute(
                    change.values(
                        email=address,
                        email_verified=False,
                        credential_version=User.credential_version + 1,
                    )
                )
                moved = EmailUpdated(user_id=user.id, old=user.email, email=address)
                realm.record(db, moved, caller)
    except IntegrityError:
        raise Refused(TAKEN, "email") from None
    log.info("profile changed user=%s email=%s", user.id, moves)


def _read(first_name: str, last_name: str, email: str) -> list[str]:
    """Return what was typed in its canonical form. Raises Refused with all faults."""
    return gather(
        lambda: people.read_name(first_name, "first_name"),
        lambda: people.read_name(last_name, "last_name"),
        lambda: people.read_email(email),
    )


def change_password(
    realm: Realm,
    caller: Caller,
    visitor: Visitor,
    *,
    current_password: str,
    password: str,
) -> str:
    """
    Change the password and end all other sessions.

    Returns a new cookie for this session; the old one opens nothing any more. Raises
    :class:`~...texts.Refused`.
    """
    user = visitor.user
    context = (user.email, user.first_name or "", user.last_name or "")
    wanted = people.read_password(realm, password, context, "new_password")
    _prove(realm, caller, user, current_password)
    hashed = realm.hash_new(wanted)
    with realm.writing() as db:
        if proof.unchanged(db, user) is None:
            raise Refused(PASSWORD_WRONG, "current_password")
        people.set_password(db, user, hashed)
        ended = sessions.end_all(realm, db, user, caller, but=visitor.session.id)
        cookie = sessions.prove(realm, db, visitor.session.id, caller)
        realm.record(db, PasswordUpdated(user_id=user.id), caller)
    log.info("password changed user=%s sessions_ended=%s", user.id, ended)
    return cookie


def _prove(realm: Realm, caller: Caller, user: User, password: str) -> None:
    proof.check_own_password(
        realm, caller, user, password, PASSWORD_WRONG, "current_password"
    )
