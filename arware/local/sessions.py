"""
Login sessions: one per login, kept on the server, known by a random cookie.

Only :mod:`.login` opens them. Whatever ends one does it here, so that the event is
recorded and applications in this process hear of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    select,
    update,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.forgetting import delete_some, update_some
from arware.kit.secrets import is_id, new_id, new_secret
from arware.kit.web.refusals import Refused

from . import locking
from .caller import Caller, Member
from .events import SessionEnded
from .models import LoginSession, User
from .texts import ACCOUNT_CHANGED, IMPERSONATED

if TYPE_CHECKING:
    from .realm import Realm

log = logging.getLogger("arware.local")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is logged in. The rows are read only; they belong to no database."""

    session: LoginSession
    user: User


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: whose, and the secret for the browser's cookie."""

    visitor: Visitor
    cookie: str = field(repr=False)


def alive(now: int | BindParameter[int]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a session counts, beside its user's state."""
    return (
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > now,
        LoginSession.seen_at + LoginSession.idle_seconds > now,
    )


#: Made once: every page of somebody who is logged in asks it.
_ALIVE = (
    select(LoginSession, User)
    .join(User, User.id == LoginSession.user_id)
    .where(*alive(bindparam("now")), User.state == "active")
)
_BY_COOKIE: Any = _ALIVE.where(
    LoginSession.digest.in_(bindparam("digests", expanding=True))
)
_BY_ID: Any = _ALIVE.where(LoginSession.id == bindparam("session_id"))


def current(realm: Realm, cookie: str | None, now: int) -> Visitor | None:
    """Return who holds *cookie*, or ``None``; note that the session was used."""
    if not cookie:
        return None
    return _visitor(_by_cookie(realm, _BY_COOKIE, cookie, now))


def current_beside(
    realm: Realm, beside: Callable[[Select[Any]], Select[Any]], cookie: str, now: int
) -> Sequence[Any] | None:
    """
    Return the session of *cookie*, its user, and what *beside* adds to the query.

    It is one query. ``None`` is for a cookie that opens nothing.
    """
    return _by_cookie(realm, _widened(beside), cookie, now)


@lru_cache(4)
def _widened(beside: Callable[[Select[Any]], Select[Any]]) -> Select[Any]:
    return beside(_BY_COOKIE)


def _by_cookie(
    realm: Realm, asked: Select[Any], cookie: str, now: int
) -> Sequence[Any] | None:
    return _use(realm, asked, now, digests=realm.digests("session", cookie))


def find(realm: Realm, session_id: str, now: int) -> Visitor | None:
    """
    Return who has the living session *session_id*, or ``None``.

    An application asks while somebody works there, so that counts as use, too.
    """
    return _visitor(_use(realm, _BY_ID, now, session_id=session_id))


def living(db: Session, user: User, now: int) -> Sequence[LoginSession]:
    """Return the sessions of *user* that count, those that were used last first."""
    theirs = _ALIVE.where(LoginSession.user_id == user.id)
    newest = theirs.order_by(LoginSession.seen_at.desc(), LoginSession.id)
    return db.scalars(newest, {"now": now}).all()


def newest(db: Session, now: int, most: int, user_id: str = "") -> list[Visitor]:
    """Return the newest *most* sessions that count, perhaps only those of a user."""
    asked = _ALIVE.order_by(LoginSession.created_at.desc(), LoginSession.id)
    if user_id:
        asked = asked.where(LoginSession.user_id == user_id)
    return [Visitor(*row) for row in db.execute(asked.limit(most), {"now": now})]


def _visitor(row: Sequence[Any] | None) -> Visitor | None:
    return None if row is None else Visitor(row[0], row[1])


def _use(
    realm: Realm, asked: Select[Any], now: int, **values: object
) -> Sequence[Any] | None:
    values["now"] = now
    with realm.reading() as db:
        row = db.execute(asked, values).first()
    if row is not None and row[0].seen_at <= now - realm.settings.touch_seconds:
        try:
            _touch(realm, row[0].id, now)
        except SQLAlchemyError as error:
            # It counts all the same: the database may be busy, full or read only.
            log.warning("a session's use was not noted: %s", type(error).__name__)
    return row


def _touch(realm: Realm, session_id: str, now: int) -> None:
    """Note that a session was used (RQ-S8), unless somebody did so just now."""
    before = now - realm.settings.touch_seconds
    with realm.writing() as db:
        db.execute(
            update(LoginSession)
            .where(
                LoginSession.id == session_id,
                LoginSession.seen_at <= before,
            )
            .values(seen_at=now)
        )


def open_session(
    realm: Realm,
    db: Session,
    user: User,
    caller: Caller,
    factors: Iterable[str],
    *,
    is_whole: bool = True,
    impersonator: str | None = None,
) -> Opened:
    """
    Add a session for *user*, and end the one that the browser had before.

    *factors* are the proofs that were given, which are not all that the account asks
    for unless that *is_whole*. *impersonator* is the id of the operator who acts as the
    user, if one does.
    """
    if caller.session_id is not None:
        end(realm, db, caller.session_id, caller)
    cookie = new_secret()
    session = LoginSession(
        id=new_id("kss"),
        digest=realm.digest("session", cookie),
        user_id=user.id,
        org_id=None,
        factors=list(factors),
        impersonator=impersonator,
        remembered=False,
        auth_at=caller.now if is_whole else 0,
        created_at=caller.now,
        seen_at=caller.now,
        ended_at=None,
        ip=caller.ip,
        client=caller.client,
    )
    settings = realm.settings
    limit(realm, session, settings.session_minutes, settings.idle_minutes)
    db.add(session)
    db.flush()
    return Opened(Visitor(session, user), cookie)


def limit(realm: Realm, session: LoginSession, minutes: int, idle_minutes: int) -> None:
    """
    Have a new session end after so many minutes, and after *idle_minutes* without use.

    It is sooner where the account asks for two factors, also in a browser that is
    trusted: staying logged in is no substitute for a second factor (RQ-S2, S3).
    """
    settings = realm.settings
    if len(session.factors) > 1 or not session.auth_at:
        minutes = min(minutes, settings.two_factor_session_minutes)
        idle_minutes = min(idle_minutes, settings.two_factor_idle_minutes)
    session.expires_at = session.created_at + 60 * minutes
    session.idle_seconds = 60 * min(minutes, idle_minutes)


def add_factor(
    realm: Realm, db: Session, session_id: str, factor: str, now: int
) -> None:
    """
    Note that somebody has shown a *factor* by adding it, where one proof was given.

    The session ends as soon as one of two factors would.
    """
    session, settings = db.get_one(LoginSession, session_id), realm.settings
    if len(session.factors) < 2:
        session.factors = [*session.factors, factor]
    end = now + 60 * settings.two_factor_session_minutes
    session.expires_at = min(session.expires_at, end)
    idle = 60 * settings.two_factor_idle_minutes
    session.idle_seconds = min(session.idle_seconds, idle)


def renew(realm: Realm, db: Session, session_id: str) -> str:
    """
    Give a session a new cookie, so that the old one opens nothing any more.

    It is due at every change of what the session may do (ASVS 5.0 7.2.4).
    """
    cookie = new_secret()
    db.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id)
        .values(digest=realm.digest("session", cookie))
    )
    return cookie


def prove(
    realm: Realm, db: Session, caller: Caller, session_id: str, factors: list[str]
) -> Opened | None:
    """
    Note that who has the session has shown who they are once more, by *factors*.

    Returns it with its new cookie, ``None`` if *caller* has another one or it ended.
    """
    visitor = caller.visitor
    if visitor is None or visitor.session.id != session_id:
        return None
    cookie = renew(realm, db, session_id)
    proved = (
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None))
        .values(auth_at=caller.now, factors=factors)
        .returning(LoginSession)
    )
    session = db.scalars(proved).first()
    return None if session is None else Opened(Visitor(session, visitor.user), cookie)


def hold(db: Session, member: Member, *, also_impersonated: bool = False) -> None:
    """
    Make sure that *member* is who the request took them for, until *db* ends.

    Each transaction that is opened for a member begins so, since the request has read
    the user and the session before. The user is locked: whoever resets the password
    meanwhile has ended the session already, or waits and then ends what is made here,
    too. Raises :class:`~.texts.Refused` if the user was disabled or has other proofs
    than those that were read, or if the session has ended. So it does in a session in
    which an operator acts as the user, unless it is *also_impersonated*: nothing of the
    account may be changed there.
    """
    if member.session.impersonator is not None and not also_impersonated:
        raise Refused(IMPERSONATED)
    user = locking.unchanged(db, member.user)
    # A query of its own: one that waited for a lock knows other rows as they were.
    is_open = select(LoginSession.id).where(
        LoginSession.id == member.session.id, LoginSession.ended_at.is_(None)
    )
    if user is None or db.execute(is_open).first() is None:
        raise Refused(ACCOUNT_CHANGED)


def end(realm: Realm, db: Session, session_id: str, caller: Caller) -> bool:
    """End the session with *session_id*. Returns whether there was one to end."""
    return bool(_end(realm, db, LoginSession.id == session_id, caller))


def end_all(
    realm: Realm, db: Session, user: User, caller: Caller, but: str | None = None
) -> int:
    """
    End all sessions of *user*, perhaps all *but* one. Returns how many there were.

    Without *but*, applications in this process put the user out everywhere: also where
    a token outlives a session that ran out here.
    """
    theirs = LoginSession.user_id == user.id
    if but is not None:
        return _end(realm, db, and_(theirs, LoginSession.id != but), caller)
    ended = _end(realm, db, theirs, caller)
    after_commit(db, partial(realm.watchers.tell, user_id=user.id))
    return ended


def belongs_to(realm: Realm, session_id: str, user_id: str) -> bool:
    """Tell whether *session_id*, ended or not, was ever a session of *user_id*."""
    if not is_id(session_id, "kss"):
        return False
    asked = select(LoginSession.id).where(
        LoginSession.id == session_id, LoginSession.user_id == user_id
    )
    with realm.reading() as db:
        return db.execute(asked).first() is not None


def forget(db: Session, before: int, most: int) -> int:
    """Remove sessions that were over by *before*; until then their ids still count."""
    return delete_some(db, LoginSession.id, _was_over(before), most)


def forget_addresses(db: Session, before: int, most: int) -> int:
    """Empty addresses and browsers of sessions that were over by *before*."""
    told = (LoginSession.ip != "") | (LoginSession.client != "")
    where = _was_over(before) & told
    return update_some(db, LoginSession.id, where, most, ip="", client="")


def _was_over(at: int) -> ColumnElement[bool]:
    """Return the opposite of :func:`alive`, as it was then."""
    idle = LoginSession.seen_at + LoginSession.idle_seconds <= at
    return (LoginSession.expires_at <= at) | (LoginSession.ended_at <= at) | idle


def _end(realm: Realm, db: Session, which: ColumnElement[bool], caller: Caller) -> int:
    ended = db.execute(
        update(LoginSession)
        .where(which, LoginSession.ended_at.is_(None))
        .values(ended_at=caller.now)
        .returning(LoginSession.id, LoginSession.user_id)
    ).all()
    for session_id, user_id in ended:
        event = SessionEnded(user_id=user_id, session_id=session_id)
        realm.record(db, event, caller)
        after_commit(db, partial(realm.watchers.tell, session_id=session_id))
        log.info("session ended user=%s", user_id)
    return len(ended)
