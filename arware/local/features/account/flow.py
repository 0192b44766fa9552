"""Changing one's own name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import update

from ...caller import Member
from ...events import ProfileUpdated
from ...models import User
from ...people import Names

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")


def change_details(realm: Realm, member: Member, names: Names) -> None:
    """Change the name."""
    user = member.user
    with realm.writing(member) as db:
        db.execute(update(User).where(User.id == user.id).values(names))
        event = ProfileUpdated(user_id=user.id, fields=tuple(names))
        realm.record(db, event, member)
    log.info("profile changed user=%s", user.id)
