"""Changing one's language and time zone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit.time_zones import find_zone

from ...caller import Caller, Member
from ...events import ProfileUpdated
from ...models import User

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

#: The custom attribute that adapters of arware read.
ATTRIBUTE = "time_zone"


def time_there(zone: tzinfo | None, now: int) -> str:
    """Return what clocks show there."""
    return f"{datetime.fromtimestamp(now, zone or UTC):%H:%M}"


def change(realm: Realm, member: Member, locale: str, zone: str) -> None:
    """Change the language and the time zone; ``""`` is for none."""
    with realm.writing(member) as db:
        user = db.get_one(User, member.user.id)
        user.locale = locale or None
        _set_zone(user, zone)
        event = ProfileUpdated(user_id=user.id, fields=("locale", ATTRIBUTE))
        realm.record(db, event, member)
    log.info("region changed user=%s", member.user.id)


def write_guess(
    _realm: Realm, _db: Session, user: User, caller: Caller, zone: str
) -> None:
    """Give who signs up the language of the page, and the time zone of the browser."""
    user.locale = caller.locale
    if find_zone(zone) is not None:
        _set_zone(user, zone)


def _set_zone(user: User, zone: str) -> None:
    others = {k: v for k, v in (user.custom or {}).items() if k != ATTRIBUTE}
    user.custom = {**others, **({ATTRIBUTE: zone} if zone else {})} or None
