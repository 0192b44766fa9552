"""Suspending a user, and the end of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from arware.kit.jobs import do_each
from arware.kit.operator import Action
from arware.kit.web import Reason, Refused

from ... import locking, mail, people
from ...caller import Caller
from ...events import Event, Happening, UserUpdated
from ...models import User
from ...texts import _
from .models import Suspension

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

DAY = 86_400
#: For how many days somebody may be suspended; 0 is until it is lifted.
MOST_DAYS = 3650
#: How many characters a reason has at most.
LONGEST_REASON = 500

NOT_ACTIVE = Reason("not_active", _("This account is not active."), 409)


@dataclass(frozen=True, kw_only=True)
class UserSuspended(Event):
    """An operator suspended the user, until *ends_at* if that is known."""

    type = "user.suspended"
    title = _("The account was suspended.")
    labels = (("ends_at", _("Until")),)

    ends_at: int | None


class SuspensionLifted(Event):
    """The user may log in again."""

    type = "user.suspension.lifted"
    title = _("The suspension ended.")
    notice = _("Your account is no longer suspended. You can log in again.")


def suspend(
    realm: Realm, db: Session, user: User, caller: Caller, reason: str, days: int
) -> int | None:
    """
    Suspend *user*, who is locked, for so many *days*; for 0 until it is lifted.

    All sessions end at once, and the person is told the *reason* by mail. Returns when
    it ends, ``None`` if that is not known. Raises ``Refused`` for somebody who is not
    active.
    """
    if user.state != "active":
        raise Refused(NOT_ACTIVE)
    people.change_state(realm, db, user, caller, state="inactive")
    ends_at = caller.now + days * DAY if days else None
    row = Suspension(
        user_id=user.id, reason=reason, suspended_at=caller.now, ends_at=ends_at
    )
    db.add(row)
    values: dict[str, Any] = {"reason": reason, "ends_at": ends_at}
    mail.write(realm, db, user, "suspension/mail", caller.now, **values)
    realm.record(db, UserSuspended(user_id=user.id, ends_at=ends_at), caller)
    log.info("user suspended user=%s days=%d", user.id, days)
    return ends_at


def of(db: Session, user_id: str) -> Suspension | None:
    """Return the suspension of a user, if there is one."""
    return db.get(Suspension, user_id)


_lift = partial(people.change_state, state="active")

UNSUSPEND = Action(
    label=_("Lift the suspension"),
    text=_("Lets them log in again."),
    done=_("The suspension is lifted."),
    do=_lift,
    offered=lambda _realm, db, user: of(db, user.id) is not None,
)


def follow(happening: Happening[UserUpdated]) -> None:
    """
    End a suspension with every change of the state, whoever makes it.

    Who is disabled meanwhile must not be let in again by a job.
    """
    event, db = happening.event, happening.db
    if "state" not in event.fields:
        return
    gone = delete(Suspension).where(Suspension.user_id == event.user_id)
    if not db.scalars(gone.returning(Suspension.user_id)).all():
        return
    user = db.get_one(User, event.user_id)
    if user.state == "active":
        lifted = SuspensionLifted(user_id=user.id)
        happening.realm.record(db, lifted, happening.caller)


def lift_those_over(realm: Realm, now: int) -> None:
    """Let those in again whose suspension is over, as a job."""
    over = Suspension.ends_at <= now
    with realm.reading() as db:
        user_ids = db.scalars(select(Suspension.user_id).where(over)).all()
    do_each(user_ids, partial(_lift_if_over, realm, now))


def _lift_if_over(realm: Realm, now: int, user_id: str) -> None:
    with realm.writing() as db:
        user, row = locking.lock(db, user_id), of(db, user_id)
        # Somebody may have made it longer, or lifted it, meanwhile.
        if user and row and row.ends_at is not None and row.ends_at <= now:
            _lift(realm, db, user, realm.operator())
