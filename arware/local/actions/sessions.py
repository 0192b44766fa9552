"""Login sessions: one per login, kept on the server, known by a random cookie."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.orm import Session

from arware.kit import endings
from arware.kit.secrets import is_id, new_id, new_secret

from ..models import LoginSession, User
from ..store import Store
from .caller import Caller

log = logging.getLogger("arware.local")

#: How often a session's last use is written down.
TOUCH_SECONDS = 60

#: How long an ended session is remembered, so that its id still means something.
MEMORY_SECONDS = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in. The rows are read only; they belong to no database."""

    session: LoginSession
    user: User


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A new login: who, and the secret for the browser's cookie."""

    visitor: Visitor
    cookie: str = field(repr=False)


def alive(store: Store, now: int) -> ColumnElement[bool]:
    """Return the condition under which a session counts."""
    return and_(
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > now,
        LoginSession.seen_at > now - store.settings.idle_minutes * 60,
        User.state == "active",
    )


def open_session(
    store: Store,
    database: Session,
    user: User,
    caller: Caller,
    now: int,
    *,
    instead_of: str | None = None,
) -> LoggedIn:
    """Add a session for *user*, and end the one that the browser had before."""
    if instead_of is not None:
        _end(database, LoginSession.id == instead_of, now)
    cookie = new_secret()
    session = LoginSession(
        id=new_id("kss"),
        digest=store.digest("session", cookie),
        user_id=user.id,
        org_id=None,
        created_at=now,
        seen_at=now,
        expires_at=now + store.settings.session_minutes * 60,
        ended_at=None,
        ip=caller.ip,
        client=caller.client,
    )
    database.add(session)
    database.flush()
    return LoggedIn(Visitor(session, user), cookie)


def current(store: Store, cookie: str | None, now: int) -> Visitor | None:
    """Return who holds *cookie*, or ``None``; note that the session was used."""
    if not cookie:
        return None
    digests = list(store.digests("session", cookie))
    return _use(store, LoginSession.digest.in_(digests), now)


def find(store: Store, session_id: str, now: int) -> Visitor | None:
    """
    Return who has the living session *session_id*, or ``None``.

    An application asks while somebody works there, so that counts as use, too.
    """
    return _use(store, LoginSession.id == session_id, now)


def _use(store: Store, which: ColumnElement[bool], now: int) -> Visitor | None:
    asked = (
        select(LoginSession, User)
        .join(User, User.id == LoginSession.user_id)
        .where(which, alive(store, now))
    )
    with store.reading() as database:
        row = database.execute(asked).first()
    if row is None:
        return None
    visitor = Visitor(row[0], row[1])
    if visitor.session.seen_at <= now - TOUCH_SECONDS:
        _touch(store, visitor.session.id, now)
    return visitor


def _touch(store: Store, session_id: str, now: int) -> None:
    with store.writing() as database:
        database.execute(
            update(LoginSession)
            .where(
                LoginSession.id == session_id,
                LoginSession.seen_at <= now - TOUCH_SECONDS,
            )
            .values(seen_at=now)
        )


def renew(store: Store, database: Session, session_id: str) -> str:
    """Give a session a new cookie, so that the old one opens nothing any more."""
    cookie = new_secret()
    database.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id)
        .values(digest=store.digest("session", cookie))
    )
    return cookie


def end_others(database: Session, visitor: Visitor, now: int) -> int:
    """End all of the visitor's sessions but this one. Returns how many there were."""
    others = and_(
        LoginSession.user_id == visitor.user.id, LoginSession.id != visitor.session.id
    )
    return _end(database, others, now)


def end_all_of(database: Session, user_id: str, now: int) -> None:
    """End all sessions of a user, who is not to be in any application any more."""
    _end(database, LoginSession.user_id == user_id, now)
    # Also those that ran out here: their tokens may live on in applications.
    endings.note(database, users=[user_id])


def end(store: Store, session_id: str, now: int) -> bool:
    """End the session with *session_id*. Returns whether there was one to end."""
    with store.writing() as database:
        ended = _end(database, LoginSession.id == session_id, now)
        sweep(database, now)
    if ended:
        log.info("session ended session=%s", session_id)
    return bool(ended)


def belongs_to(store: Store, session_id: str, user_id: str) -> bool:
    """Tell whether *session_id*, ended or not, was ever a session of *user_id*."""
    asked = select(LoginSession.id).where(
        LoginSession.id == session_id, LoginSession.user_id == user_id
    )
    with store.reading() as database:
        return is_id(session_id, "kss") and database.execute(asked).first() is not None


def sweep(database: Session, now: int) -> None:
    """Remove the sessions that ended long ago."""
    long_ago = LoginSession.expires_at <= now - MEMORY_SECONDS
    database.execute(delete(LoginSession).where(long_ago))


def _end(database: Session, which: ColumnElement[bool], now: int) -> int:
    ended = database.scalars(
        update(LoginSession)
        .where(which, LoginSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(LoginSession.id)
    ).all()
    endings.note(database, sessions=ended)
    return len(ended)
