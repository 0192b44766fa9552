"""Accepting the terms."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.orm import Session

from arware.kit.web import Refused

from ... import login
from ...caller import Caller
from ...events import EmailVerified, Event, Happening
from ...login import LoggedIn, Pending
from ...models import PendingLogin, User
from ...texts import PENDING_OVER, _
from .models import AcceptedTerms
from .settings import Terms

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

STEP = "terms"


@dataclass(frozen=True, kw_only=True)
class TermsAccepted(Event):
    """The user accepted a *version* of the terms of service."""

    type = "user.terms.accepted"
    title = _("The terms of service were accepted.")
    labels = (("version", _("Version")),)

    version: str


def is_needed(realm: Realm, db: Session, user: User, _pending: PendingLogin) -> bool:
    """Tell whether a user has not accepted the present terms."""
    version = realm.settings[Terms].version
    return version is not None and db.get(AcceptedTerms, (user.id, version)) is None


def accept_new(
    realm: Realm, db: Session, user: User, caller: Caller, version: str
) -> None:
    """Note that who signs up has accepted the terms."""
    db.add(AcceptedTerms(user_id=user.id, version=version, at=caller.now))
    realm.record(db, TermsAccepted(user_id=user.id, version=version), caller)


def forget(happening: Happening[EmailVerified]) -> None:
    """
    Forget what whoever signed up has accepted, at the first proof of the address.

    That may have been somebody else, who binds its owner to nothing.
    """
    event = happening.event
    if event.first and not event.is_same_person:
        theirs = AcceptedTerms.user_id == event.user_id
        happening.db.execute(delete(AcceptedTerms).where(theirs))


def is_asked(realm: Realm, cookie: str, now: int) -> bool:
    """Tell whether the login of *cookie* waits for this, and for nothing before it."""
    with realm.reading() as db:
        return login.waiting(realm, db, cookie, now, STEP) is not None


def accept(
    realm: Realm, caller: Caller, cookie: str, version: str
) -> LoggedIn | Pending:
    """Go on with a login by accepting the terms. Raises ``Refused`` if it is over."""
    with realm.writing(caller) as db:
        user = login.waiting(realm, db, cookie, caller.now, STEP, lock=True)
        if user is None:
            raise Refused(PENDING_OVER)
        accept_new(realm, db, user, caller, version)
        return login.go_on(realm, db, caller, cookie, STEP)
