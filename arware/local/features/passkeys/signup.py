"""
Signing up with a passkey: an address, a link in a mail, and there a passkey.

Nobody is added before the link is used, so an address that somebody else typed holds
nothing that its owner would have to be protected from.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from arware.kit.passkeys import Ceremony
from arware.kit.secrets import new_id
from arware.kit.web import Refused
from arware.kit.web.refusals import NOT_FOUND

from ... import login, mail, one_time, people, tries
from ...caller import Caller
from ...events import EmailVerified, Event
from ...login import LoggedIn, Pending
from ...models import OneTimeToken, User
from ...people import Names
from ...texts import _
from . import flow, keeping

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

KIND = "tpk"

#: Returns what a link was asked for. Raises ``Refused`` if it is over.
look = partial(one_time.row_of, OneTimeToken)


class PasskeySignupAsked(Event):
    """Somebody wants to sign up; *user_id* is empty where nobody has the address."""

    type = "user.passkey.signup_asked"
    title = _("Somebody tried to sign up with this address again.")
    by_strangers = True


def ask(realm: Realm, caller: Caller, email: str) -> None:
    """
    Mail a link to an address; one that has an account is told so by mail.

    Nobody else is told which it was: the answer and the work are the same (RQ-E2).
    Raises :class:`Refused` after too many tries of the caller's.
    """
    check_open(realm)
    taken = tries.take(realm, caller, tries.SIGN_UPS, email, purpose=KIND)
    with realm.writing(caller) as db:
        if taken.blocked:
            return
        owner = people.by_email(db, email)
        now, user_id = caller.now, new_id("usr")
        token = one_time.make_for_address(realm, db, KIND, email, now, user_id=user_id)
        values = {"token": token, "minutes": one_time.minutes(realm, KIND)}
        template = "passkeys/known" if owner else "passkeys/mail"
        mail.write(realm, db, email, template, now, locale=caller.locale, **values)
        asked = PasskeySignupAsked(user_id=owner.id if owner else "")
        realm.record(db, asked, caller)
    log.info("passkey sign-up asked ip=%s", caller.ip)


def check_open(realm: Realm) -> None:
    """Raise :class:`Refused` unless strangers may sign up."""
    if realm.settings.signup == "closed":
        raise Refused(NOT_FOUND)


def finish(
    realm: Realm,
    caller: Caller,
    ceremony: Ceremony,
    token: str,
    text: str,
    names: Names,
    write: Callable[..., None],
) -> LoggedIn | Pending:
    """
    Add the user whom a link was sent to, with a passkey, and log them in.

    *text* is what the authenticator answered, *write* writes what was typed into the
    fields of features. All of it is one transaction. Raises :class:`Refused`, also
    where somebody else has the address by now.
    """
    check_open(realm)
    made, given = keeping.read_new(realm, ceremony, text, caller.now)
    with realm.writing(caller) as db:
        row = one_time.use_row(OneTimeToken, realm, db, KIND, token, caller.now)
        user = User(
            id=handle_of(row.data),
            email=row.address,
            email_verified=True,
            **names,
        )
        people.add(realm, db, caller, user)
        proved = EmailVerified(user_id=user.id, email=row.address, first=True)
        realm.record(db, proved, caller)
        write(realm, db, user, caller)
        keeping.keep(db, caller, user, given, made)
        added = keeping.PasskeyAdded(user_id=user.id, factor="passkey")
        realm.record(db, added, caller)
        return login.finish(realm, db, caller, user, flow.PROOFS)


def handle_of(data: dict[str, str] | None) -> str:
    """Return the id that the new user will have; the passkey stores it, too."""
    return (data or {})["user_id"]
