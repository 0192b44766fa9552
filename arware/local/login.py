"""
From a proof to a session: the one way in.

Whoever has shown who they are, by a password, a link or a passkey, gets to
:func:`finish`. It walks the steps that features have added. If one is missing the login
is *pending*: a row that lives a quarter of an hour, and a cookie that opens nothing but
the page of that step, which goes on with :func:`go_on`. Who is logged in and has to
show it again walks the same steps, by :func:`prove`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from arware.kit.database import after_commit
from arware.kit.secrets import new_secret
from arware.kit.web.joining import Phase, Step
from arware.kit.web.refusals import Refused

from . import device_cookies, sessions
from .caller import Caller, Member
from .events import LoginInitiated, LoginProved, LoginSucceeded
from .models import PendingLogin, User
from .sessions import Visitor
from .texts import PENDING_OVER

if TYPE_CHECKING:
    from .realm import Realm

log = logging.getLogger("arware.local")

#: RQ-K6: how long a login may wait for its next step, in seconds.
PENDING_SECONDS = 15 * 60
#: How many logins of one user may wait at once: a further one ends the oldest.
MOST_PENDING = 5


#: What was shown: the name of a factor, or of two that are shown at once, as a passkey
#: and what it was opened by.
Proof = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """
    A session, new or proved anew, the secret for its cookie, and where to go then.

    *device* is the cookie by which the browser is known from now on, ``""`` where it
    stays what it is.
    """

    visitor: Visitor
    cookie: str = field(repr=False)
    then: str = ""
    device: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that lacks *step*, and the secret for the cookie that goes on with it."""

    step: Step
    cookie: str = field(repr=False)


def finish(
    realm: Realm, db: Session, caller: Caller, user: User, proof: Proof
) -> LoggedIn | Pending:
    """
    Open a session for who has given *proof*, unless a step is missing.

    Needs the writing transaction in which the proof was used up, and *user* as it is
    there. In a browser that the user trusts no second factor is asked for, and the
    session counts as not proved.
    """
    pending = _begun(caller, user, proof)
    trust = realm.joined.trust
    if trust is not None and trust(realm, db, caller, user):
        pending.passed = [
            step.name
            for step in realm.joined.steps
            if step.phase is Phase.FACTOR and step.needed(realm, db, user, pending)
        ]
    return _advance(realm, db, caller, user, pending)


def prove(
    realm: Realm, db: Session, member: Member, proof: Proof
) -> LoggedIn | Pending:
    """
    Prove the session of *member* anew, unless a step is missing.

    What lets somebody in is what it takes: who has a second factor is asked for it, as
    at the login (RQ-S7, ASVS 5.0 7.5.1). Needs the transaction of *member*, in which
    *proof* was used up; the rest is as with :func:`finish`.
    """
    user = db.get_one(User, member.user.id)
    pending = _begun(member, user, proof)
    pending.session_id = member.session.id
    return _advance(realm, db, member, user, pending)


def _begun(caller: Caller, user: User, proof: Proof) -> PendingLogin:
    return PendingLogin(
        user_id=user.id,
        credential_version=user.credential_version,
        factors=[proof] if isinstance(proof, str) else [*proof],
        passed=[],
        ticked=sorted(caller.ticked),
        then=caller.destination,
        created_at=caller.now,
        expires_at=caller.now + PENDING_SECONDS,
    )


def has_way_in(realm: Realm, db: Session, user: User) -> bool:
    """Tell whether *user* has anything left that a login can begin with (RQ-M6)."""
    return any(has(realm, db, user) for has in realm.joined.ways_in.values())


def is_barred(realm: Realm, db: Session, user: User) -> bool:
    """
    Tell whether no login of *user* gets beyond a state, as one to be confirmed.

    *user* may be one whom nobody has added. A stranger, who may have signed up with
    somebody's address, must not learn from that whether there is an account (RQ-E1,
    E2).
    """
    pending = PendingLogin(user_id=user.id, factors=[], passed=[])
    steps = (step for step in realm.joined.steps if step.phase is Phase.STATE)
    return any(step.needed(realm, db, user, pending) for step in steps)


def find(
    realm: Realm, db: Session, cookie: str | None, now: int, *, lock: bool = False
) -> tuple[PendingLogin, User] | None:
    """
    Return the pending login that *cookie* stands for, and whose it is.

    ``None`` once it is over: after its time, and when the user was disabled or has
    other proofs than those that it began with. With *lock* it stays so until the end
    of the transaction: a reset that is under way is waited for, and so sees each
    session that it has to end.
    """
    if not cookie:
        return None
    asked = (
        select(PendingLogin, User)
        .join(User, User.id == PendingLogin.user_id)
        .where(
            PendingLogin.digest.in_(realm.digests("pending", cookie)),
            PendingLogin.expires_at > now,
            PendingLogin.credential_version == User.credential_version,
            User.state == "active",
        )
    )
    if lock:
        asked = asked.with_for_update(of=User)
    row = db.execute(asked, execution_options={"populate_existing": lock}).first()
    return None if row is None else (row[0], row[1])


def waiting(
    realm: Realm,
    db: Session,
    cookie: str | None,
    now: int,
    at: str | Phase,
    *,
    lock: bool = False,
) -> User | None:
    """
    Return whose login waits under *cookie*, if the first step that it lacks is *at*.

    That is the step's name, or its phase. ``None`` is as with :func:`find`, too.
    """
    pending, user = find(realm, db, cookie, now, lock=lock) or (None, None)
    if pending is None or user is None:
        return None
    step = missing_step(realm, db, user, pending)
    return user if step is not None and at in (step.name, step.phase) else None


def go_on(
    realm: Realm,
    db: Session,
    caller: Caller,
    pending_cookie: str | None,
    step: str,
    factor: str | None = None,
) -> LoggedIn | Pending:
    """
    Note that *step* was passed, by the proof *factor* if it asked for one, and go on.

    The old cookie opens nothing any more; of two that go on at once one does. All steps
    are walked again, since something may have changed meanwhile. Raises
    :class:`~.texts.Refused` if the login is over.
    """
    found = find(realm, db, pending_cookie, caller.now, lock=True)
    if found is None:
        raise Refused(PENDING_OVER)
    before, user = found
    taken = delete(PendingLogin).where(PendingLogin.digest == before.digest)
    if db.execute(taken.returning(PendingLogin.user_id)).first() is None:
        raise Refused(PENDING_OVER)
    db.expunge(before)
    pending = PendingLogin(
        user_id=user.id,
        credential_version=before.credential_version,
        factors=[*before.factors, *([] if factor is None else [factor])],
        passed=list(dict.fromkeys((*before.passed, step))),
        ticked=sorted(caller.ticked.union(before.ticked)),
        then=before.then,
        session_id=before.session_id,
        created_at=before.created_at,
        expires_at=before.expires_at,
    )
    return _advance(realm, db, caller, user, pending)


def _advance(
    realm: Realm, db: Session, caller: Caller, user: User, pending: PendingLogin
) -> LoggedIn | Pending:
    step = missing_step(realm, db, user, pending)
    if step is not None:
        return _wait(realm, db, caller, pending, step)
    if pending.session_id is not None:
        return _prove(realm, db, caller, pending, pending.session_id)
    return _open(realm, db, caller, user, pending)


def _prove(
    realm: Realm, db: Session, caller: Caller, pending: PendingLogin, session_id: str
) -> LoggedIn:
    proved = sessions.prove(realm, db, caller, session_id, pending.factors)
    if proved is None:
        raise Refused(PENDING_OVER)
    event = LoginProved(
        user_id=pending.user_id,
        session_id=session_id,
        factors=tuple(pending.factors),
    )
    realm.record(db, event, caller)
    return LoggedIn(proved.visitor, proved.cookie, pending.then)


def _open(
    realm: Realm, db: Session, caller: Caller, user: User, pending: PendingLogin
) -> LoggedIn:
    user.last_login_at = caller.now
    opened = sessions.open_session(
        realm, db, user, caller, pending.factors, is_whole=_is_whole(realm, pending)
    )
    session = opened.visitor.session
    event = LoginSucceeded(
        user_id=user.id,
        session_id=session.id,
        factors=tuple(pending.factors),
        ticked=tuple(pending.ticked),
    )
    device = device_cookies.make(realm, db, user, caller.device, caller.now)
    realm.record(db, event, replace(caller, device=device))
    log.info("login succeeded user=%s ip=%s", user.id, caller.ip)
    return LoggedIn(opened.visitor, opened.cookie, pending.then, device)


def _is_whole(realm: Realm, pending: PendingLogin) -> bool:
    """Tell whether all was proved that the account asks for, no factor skipped."""
    steps = (step for step in realm.joined.steps if step.phase is Phase.FACTOR)
    return len(pending.factors) > 1 or not any(
        step.name in pending.passed for step in steps
    )


def missing_step(
    realm: Realm, db: Session, user: User, pending: PendingLogin
) -> Step | None:
    """Return the step that a login of *user* lacks now, the first if it lacks more."""
    steps = realm.joined.steps
    lacking = (one for one in steps if _is_missing(realm, db, user, pending, one))
    return next(lacking, None)


def _is_missing(
    realm: Realm, db: Session, user: User, pending: PendingLogin, step: Step
) -> bool:
    # What was proved or agreed to stays so for this login; a state is looked at anew.
    if step.phase is not Phase.STATE and step.name in pending.passed:
        return False
    return step.needed(realm, db, user, pending)


def _wait(
    realm: Realm, db: Session, caller: Caller, pending: PendingLogin, step: Step
) -> Pending:
    cookie = new_secret()
    pending.digest = realm.digest("pending", cookie)
    _make_room(db, pending.user_id)
    db.add(pending)
    if not pending.passed:
        event = LoginInitiated(user_id=pending.user_id, step=step.name)
        realm.record(db, event, caller)
    told = "login waits user=%s step=%s", pending.user_id, step.name
    after_commit(db, partial(log.info, *told))
    return Pending(step, cookie)


def _make_room(db: Session, user_id: str) -> None:
    theirs = PendingLogin.user_id == user_id
    newest = (
        select(PendingLogin.digest)
        .where(theirs)
        .order_by(PendingLogin.created_at.desc())
        .limit(MOST_PENDING - 1)
    )
    db.execute(delete(PendingLogin).where(theirs, PendingLogin.digest.not_in(newest)))
