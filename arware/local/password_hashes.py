"""
Hashes of passwords kept under the realm's secret: ``encrypt_password_hashes``.

New ones are stored so; a job sees to the others. So the secret is rotated, and sealing
switched on or off, without anybody noticing, if the old secret stays behind the new one
until the job was there (RQ-H3).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import select

from arware.kit.sealing import PREFIX

from .models import User

if TYPE_CHECKING:
    from arware.kit.web import Config

    from .realm import Realm

log = logging.getLogger("arware.local")

HOUR = 3600
#: How many users are dealt with in one transaction; between two, others get their turn.
AT_ONCE = 200


def includeme(config: Config) -> None:
    """Add the job."""
    config.add_job(renew, every=HOUR)


def renew(realm: Realm, _now: int) -> None:
    """Store all hashes as the settings want it; what cannot be read stays."""
    wanted, last, unread = realm.passwords.prefix, "", 0
    hashed = User.password_hash
    kept = hashed.startswith(wanted or PREFIX, autoescape=True)
    stale = ~kept if wanted else kept
    asked = select(User.id).where(stale).order_by(User.id).limit(AT_ONCE)
    while True:
        with realm.reading() as db:
            ids = db.scalars(asked.where(User.id > last)).all()
        if not ids:
            break
        with realm.writing() as db:
            # It waits for nobody: whoever is in use just now has a turn in an hour.
            theirs = select(User).where(User.id.in_(ids), hashed.is_not(None))
            for user in db.scalars(theirs.with_for_update(skip_locked=True)):
                own = realm.passwords.opened(user.password_hash)
                if own is None:
                    unread += 1
                else:
                    user.password_hash = realm.passwords.closed(own)
        last = ids[-1]
    if unread:
        log.error("passwords cannot be read, their secret is gone users=%s", unread)
