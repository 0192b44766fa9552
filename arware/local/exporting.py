"""
All that the realm holds about a person: a copy of it for them, and its end.

Each table says by its ``personal`` what in it is a person's, see
:mod:`arware.kit.personal`.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from arware.kit import personal
from arware.kit.database import after_commit

from . import sessions, tries
from .caller import Caller
from .events import UserDeleted
from .models import Base, User

if TYPE_CHECKING:
    from .realm import Realm

log = logging.getLogger("arware.local")


def export(realm: Realm, db: Session, user: User, now: int) -> dict[str, Any]:
    """
    Return all that the realm holds about *user*, as JSON can say it.

    There is no secret in it: no hash, no digest, and no text of a mail that may hold a
    link.
    """
    copied = personal.copy(db, Base, user)
    told = {"realm": realm.settings.name, "exported_at": personal.time_text(now)}
    return told | copied


def delete(realm: Realm, db: Session, user: User, caller: Caller) -> None:
    """
    Remove *user*, and all that the realm holds about them, in this transaction.

    Their sessions end. Of what happened stays that it did, and to which id: addresses,
    browsers and whatever else the events held are gone. Lock the user before, see
    :mod:`.locking`.
    """
    sessions.end_all(realm, db, user, caller)
    realm.record(db, UserDeleted(user_id=user.id), caller)
    tries.end_waits(realm, db, user)
    db.flush()
    personal.erase(db, Base, user)
    db.expunge(user)
    after_commit(db, partial(log.info, "user deleted user=%s", user.id))
