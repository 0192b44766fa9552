"""The orgs of people who close their account."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from arware.kit.web import Reason, Refused

from ... import people
from ...events import AccountClosing, Happening, UserDeleted
from ...models import User
from ...scopes import OWNER
from ...texts import _
from .models import Membership, Org

ONLY_OWNER = Reason(
    "only_owner",
    _(
        "You are the only owner of ${org}, and there are others in it. Make one of "
        "them an owner first, or remove them."
    ),
    409,
)


def check_owned(happening: Happening[AccountClosing]) -> None:
    """
    Raise ``Refused`` where an org with others in it would have no owner.

    Members who leave, too, do not count, and no owner who cannot log in.
    """
    db, user_id = happening.db, happening.event.user_id
    theirs = select(Membership.org_id).where(Membership.user_id == user_id)
    # Of two owners who go at once the second waits here, and then sees the first one.
    held = select(Org.id).where(Org.id.in_(theirs)).order_by(Org.id)
    db.execute(held.with_for_update())
    for mine, others in _shared(db, user_id):
        ids = [other.user_id for other in others]
        staying = people.staying(happening.realm, db, ids)
        active = select(User.id).where(User.id.in_(staying), User.state == "active")
        able = set(db.scalars(active))
        owned = any(_owns(other) and other.user_id in able for other in others)
        if staying and _owns(mine) and not owned:
            raise Refused(ONLY_OWNER, org=db.get_one(Org, mine.org_id).name)


def _owns(membership: Membership) -> bool:
    return OWNER[0] in membership.permissions


def remove_own(happening: Happening[UserDeleted]) -> None:
    """Remove the orgs in which the deleted user was the only member."""
    user_id, db = happening.event.user_id, happening.db
    shared = [mine.org_id for mine, others in _shared(db, user_id) if others]
    theirs = select(Membership.org_id).where(Membership.user_id == user_id)
    db.execute(delete(Org).where(Org.id.in_(theirs), Org.id.not_in(shared)))


def _shared(db: Session, user_id: str) -> list[tuple[Membership, list[Membership]]]:
    """Return the user's memberships in orgs with other members, each with theirs."""
    found: dict[str, list[Membership]] = {}
    theirs = select(Membership.org_id).where(Membership.user_id == user_id)
    for one in db.scalars(select(Membership).where(Membership.org_id.in_(theirs))):
        found.setdefault(one.org_id, []).append(one)
    return [
        (mine, [other for other in rows if other is not mine])
        for rows in found.values()
        for mine in rows
        if mine.user_id == user_id and len(rows) > 1
    ]
