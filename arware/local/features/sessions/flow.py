"""
Looking up one's logins, and ending them.

The id of a session is no secret of its owner's alone: whoever knows it may end it, at
``/logout``, and applications do. So a page names a session by a *handle* that is good
for nothing else.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ... import sessions
from ...caller import Member
from ...models import LoginSession

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

_HANDLE = "session-handle"


def listed(realm: Realm, member: Member) -> list[LoginSession]:
    """Return the member's sessions: their own, and then those that were used last."""
    with realm.reading() as db:
        found = sessions.living(db, member.user, member.now)
    return sorted(found, key=lambda one: one.id != member.session.id)


def handle(realm: Realm, session: LoginSession) -> str:
    """Return what a page calls a session."""
    return realm.digest(_HANDLE, session.id)


def end(realm: Realm, member: Member, named: str) -> bool:
    """
    End the login whose handle is *named*, unless it is the member's own.

    Returns whether there was one to end: nobody minds if it is over already.
    """
    with realm.writing(member) as db:
        for one in sessions.living(db, member.user, member.now):
            is_meant = named in realm.digests(_HANDLE, one.id)
            if is_meant and one.id != member.session.id:
                return sessions.end(realm, db, one.id, member)
    return False


def end_others(realm: Realm, member: Member) -> int:
    """End all logins but the member's own. Returns how many there were."""
    with realm.writing(member) as db:
        own = member.session.id
        ended = sessions.end_all(realm, db, member.user, member, but=own)
    log.info("other sessions ended user=%s ended=%s", member.user.id, ended)
    return ended
