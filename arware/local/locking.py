"""
The one order of locks: a user first, and then whatever is the user's.

A transaction that changes the proofs, factors, links or sessions of a user locks the
row of the user before any of theirs. Two that took them in different orders would wait
for each other, until PostgreSQL gave one of them up. So whoever is to be changed is
looked up here, or by :func:`.people.find_locked`.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from .models import User

# Made once. What a transaction has read before may be older than what it waited for.
_LOCKED = (
    select(User)
    .where(User.id == bindparam("user_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_UNCHANGED = _LOCKED.where(
    User.state == "active", User.credential_version == bindparam("version")
)


def lock(db: Session, user_id: str) -> User | None:
    """Return the user with *user_id*, as they are until the end of the transaction."""
    return db.scalars(_LOCKED, {"user_id": user_id}).first()


def unchanged(db: Session, user: User) -> User | None:
    """
    Return *user*, who was read before, if they can log in as they could then.

    Whoever changed the password, a factor or the state meanwhile wins: that may be the
    owner, who shuts out whoever knew the old one.
    """
    version = user.credential_version
    return db.scalars(_UNCHANGED, {"user_id": user.id, "version": version}).first()
