"""The org that a session acts in, which the next token names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from arware.kit.web import Reason, Refused

from ... import locking
from ...caller import Member
from ...events import Happening, LoginSucceeded
from ...models import LoginSession
from ...scopes import scope_of
from ...sessions import Visitor
from ...texts import _
from . import flow
from .models import Membership, Org

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

UNKNOWN = Reason("account_unknown", _("Choose one of your organizations."))


def select_at_login(happening: Happening[LoginSucceeded], *, makes_own: bool) -> None:
    """
    Select the user's only org for the session that a login has opened.

    With *makes_own* somebody who is in none gets one. One that an operator made
    inactive counts: nobody gets around that by logging in.
    """
    db = happening.db
    user_id = happening.event.user_id
    found = flow.scopes(db, [user_id]).get(user_id, ())
    org_id = found[0].org_id if len(found) == 1 else None
    if not found and makes_own:
        # Of two logins at once the second waits here, and then sees the first one's.
        user = locking.lock(db, user_id)
        if user is not None and not _is_anywhere(db, user_id):
            org_id = flow.make_own(db, user, happening.caller.now)
    if org_id is not None:
        _remember(db, happening.event.session_id, org_id)


def _is_anywhere(db: Session, user_id: str) -> bool:
    known = (
        select(Org.id)
        .join(Membership, Membership.org_id == Org.id)
        .where(Membership.user_id == user_id, Org.state != "closed")
    )
    return db.execute(known.limit(1)).first() is not None


def settle(realm: Realm, member: Member, preferred: str | None) -> bool:
    """
    Select what the next token names, if that is clear. Returns whether it is.

    *preferred* is an org's id and wins if the member belongs there; an empty one asks
    to choose again. Otherwise it is the org chosen before, or the only one. Who is in
    none has nothing to choose.
    """
    ids = [scope.org_id for scope in flow.of(realm, member.visitor)]
    wanted = preferred if preferred in ids else member.session.org_id
    if len(ids) == 1:
        wanted = ids[0]
    elif preferred == "" or wanted not in ids:
        wanted = None
    if wanted is not None and wanted != member.session.org_id:
        choose(realm, member, wanted)
    return wanted is not None or not ids


def is_switch(realm: Realm, visitor: Visitor, preferred: str | None) -> bool:
    """Tell whether *preferred* puts another org in place of the selected one."""
    if not preferred or preferred == visitor.session.org_id:
        return False
    ids = [scope.org_id for scope in flow.of(realm, visitor)]
    return len(ids) > 1 and preferred in ids


def choose(realm: Realm, member: Member, org_id: str) -> None:
    """Select an org for this session. Raises :class:`~.Refused`."""
    with realm.writing(member, also_impersonated=True) as db:
        if scope_of(realm, db, member.user.id, org_id) is None:
            raise Refused(UNKNOWN, "account")
        _remember(db, member.session.id, org_id)
    member.session.org_id = org_id
    log.info("account selected user=%s org=%s", member.user.id, org_id)


def _remember(db: Session, session_id: str, org_id: str) -> None:
    db.get_one(LoginSession, session_id).org_id = org_id
