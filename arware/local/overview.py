"""What an operator sees of users."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from . import factors, people, sessions, tries
from .models import LoginSession, User
from .scopes import Scope, scopes_of

if TYPE_CHECKING:
    from .realm import Realm

#: How many rows of a long list are in memory at once.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Overview:
    """
    A user, and what else is known.

    *factors* are the kinds of second factors that a login asks for, *is_blocked* says
    that tries are not looked at after too many, *sessions* how many are open.
    """

    user: User
    factors: tuple[str, ...]
    is_blocked: bool
    sessions: int
    scopes: tuple[Scope, ...]


def of(realm: Realm, db: Session, user: User, now: int) -> Overview:
    """Return what is known of *user*."""
    is_theirs = LoginSession.user_id == user.id
    asked = select(func.count()).where(is_theirs, *sessions.alive(now))
    return Overview(
        user,
        tuple(factors.kinds(realm, db, user)),
        tries.is_blocked(realm, db, user, now),
        db.scalar(asked) or 0,
        scopes_of(realm, db, [user.id]).get(user.id, ()),
    )


def users(
    db: Session, search: str | None = None, state: str | None = None
) -> Iterator[User]:
    """
    Return users by what they log in with, a few at a time.

    *search* is something in an address or a name.
    """
    asked = select(User).order_by(*people.BY_LOGIN_NAME)
    if state is not None:
        asked = asked.where(User.state == state)
    if search:
        asked = asked.where(matches(search))
    # Who has seen enough must not leave the server's cursor open.
    with db.scalars(asked.execution_options(yield_per=AT_ONCE)) as found:
        yield from found


def matches(text: str) -> ColumnElement[bool]:
    """Return the condition that *text* is in an address or a name of a user."""
    names = User.email, User.username, User.first_name, User.last_name
    return or_(*(name.icontains(text, autoescape=True) for name in names))
