"""Beginning to use somebody else's account, and stopping."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.web import Reason, Refused

from ... import login, operators, sessions
from ...caller import Caller, Operator
from ...events import Event, Happening, SessionEnded
from ...models import LoginSession, User
from ...operators import OperatorAdded, OperatorRemoved
from ...sessions import Opened, Visitor
from ...texts import ACCOUNT_CHANGED, _
from .models import Impersonation
from .settings import Impersonate

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

SHUT_OUT = Reason(
    "shut_out",
    _("Its owner could not log in, so nobody can use it in their place."),
    409,
    _("This account cannot be used now"),
)


@dataclass(frozen=True, kw_only=True)
class ImpersonationStarted(Event):
    """An operator has begun to use the user's account, in a session of its own."""

    type = "user.impersonation.started"
    title = _("An administrator began to use the account.")

    session_id: str


@dataclass(frozen=True, kw_only=True)
class OperatorStarted(Event):
    """The operator has begun to use the *account* of somebody else."""

    type = "user.operator.impersonation_started"
    title = _("The use of somebody else's account began.")
    labels = (("account", _("Account")),)

    account: str


@dataclass(frozen=True, kw_only=True)
class OperatorStopped(Event):
    """The operator does not use the *account* of somebody else any more."""

    type = "user.operator.impersonation_stopped"
    title = _("The use of somebody else's account ended.")
    labels = (("account", _("Account")),)

    account: str


def start(realm: Realm, operator: Operator, user_id: str) -> Opened:
    """
    Open a session for *operator* in the account of a user. Their own one goes on.

    Raises :class:`Refused` where the user could not log in, and for an operator's
    account.
    """
    with realm.writing(operator) as db:
        user = operators.target(db, operator, user_id)
        if user.state != "active" or login.is_barred(realm, db, user):
            raise Refused(SHUT_OUT)
        own = _locked(db, operator.session.id)
        if own is None:
            raise Refused(ACCOUNT_CHANGED)
        caller = Caller(operator.ip, operator.client, operator.now)
        opened = sessions.open_session(
            realm, db, user, caller, (), impersonator=operator.user.id
        )
        session = opened.visitor.session
        minutes = realm.settings[Impersonate].minutes
        end = min(own.expires_at, operator.now + 60 * minutes)
        session.expires_at = min(session.expires_at, end)
        db.add(Impersonation(session_id=session.id, operator_session_id=own.id))
        started = ImpersonationStarted(user_id=user.id, session_id=session.id)
        realm.record(db, started, operator)
        told = OperatorStarted(user_id=operator.user.id, account=user.id)
        realm.record(db, told, operator)
    log.info("impersonation started operator=%s user=%s", operator.user.id, user.id)
    return opened


def _locked(db: Session, session_id: str) -> LoginSession | None:
    """
    Return an operator's own session, locked, ``None`` if it has ended.

    Who ends it meanwhile ends what is opened here, too. It is locked before those in
    which the operator acts as others, since they end in this order.
    """
    locked = select(LoginSession).where(
        LoginSession.id == session_id, LoginSession.ended_at.is_(None)
    )
    return db.scalars(locked.with_for_update()).first()


def stop(realm: Realm, visitor: Visitor, caller: Caller, cookie: str) -> str | None:
    """
    End the session in which an operator acts as somebody.

    *cookie* is that of the operator's own session. Returns a new one for it, ``None``
    if it is not that, or not any more.
    """
    own = sessions.current(realm, cookie, caller.now)
    with realm.writing(caller) as db:
        begun = db.get(Impersonation, visitor.session.id)
        before = None if begun is None else _locked(db, begun.operator_session_id)
        ends = caller if begun is None else _as_operator(db, begun, caller)
        sessions.end(realm, db, visitor.session.id, ends)
        if before is None or own is None or own.session.id != before.id:
            return None
        return sessions.renew(realm, db, before.id)


def _as_operator(db: Session, begun: Impersonation, caller: Caller) -> Operator:
    """Return *caller* as the operator, of whom the owner sees no network or browser."""
    own = db.get_one(LoginSession, begun.operator_session_id)
    return caller.operating(Visitor(own, db.get_one(User, own.user_id)))


def end_with(happening: Happening[SessionEnded]) -> None:
    """
    End with an operator's session those in which they act as others.

    Who logs out of such a one is logged out of their own, too: that is no way back. It
    ends in a transaction of its own, since it is locked before the others.
    """
    realm, db, ended = happening.realm, happening.db, happening.event
    begun = db.get(Impersonation, ended.session_id)
    if begun is None:
        _end_begun_in(happening)
        return
    session = db.get_one(LoginSession, ended.session_id)
    operator = db.get(User, session.impersonator or "")
    if operator is not None:
        told = OperatorStopped(user_id=operator.id, account=session.user_id)
        realm.record(db, told, happening.caller)
    if happening.caller.session_id == ended.session_id:
        own = begun.operator_session_id
        after_commit(db, partial(_end_own, realm, own, happening.caller))


def _end_own(realm: Realm, session_id: str, caller: Caller) -> None:
    with realm.writing(caller) as db:
        sessions.end(realm, db, session_id, caller)


def _end_begun_in(happening: Happening[SessionEnded]) -> None:
    realm, db, ended = happening.realm, happening.db, happening.event
    in_it = Impersonation.operator_session_id == ended.session_id
    for begun in db.scalars(select(Impersonation).where(in_it)).all():
        caller = _as_operator(db, begun, happening.caller)
        sessions.end(realm, db, begun.session_id, caller)


def end_those_of(happening: Happening[OperatorAdded | OperatorRemoved]) -> None:
    """
    End what began before somebody became an operator, or ceased to be one.

    Nobody acts as others any more who is none, nor anybody as one.
    """
    realm, db, user_id = happening.realm, happening.db, happening.event.user_id
    begun = select(LoginSession.id).where(
        LoginSession.impersonator.is_not(None),
        or_(LoginSession.impersonator == user_id, LoginSession.user_id == user_id),
        LoginSession.ended_at.is_(None),
    )
    for session_id in db.scalars(begun).all():
        sessions.end(realm, db, session_id, happening.caller)
