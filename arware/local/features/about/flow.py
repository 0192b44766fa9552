"""Changing what somebody says of themselves."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from ...caller import Caller, Member
from ...events import ProfileUpdated
from ...models import User

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")


def writer(name: str) -> Callable[..., None]:
    """Return what writes the custom attribute *name*, and takes it out for ``""``."""

    def write(_realm: Realm, _db: Session, user: User, _by: Caller, text: str) -> None:
        others = {k: v for k, v in (user.custom or {}).items() if k != name}
        user.custom = {**others, **({name: text} if text else {})} or None

    return write


def change(
    realm: Realm, member: Member, names: tuple[str, ...], write: Callable[..., None]
) -> None:
    """Change the attributes *names* of *member*, by *write*."""
    with realm.writing(member) as db:
        user = db.get_one(User, member.user.id)
        write(realm, db, user, member)
        event = ProfileUpdated(user_id=user.id, fields=names)
        realm.record(db, event, member)
    log.info("profile changed user=%s", member.user.id)
