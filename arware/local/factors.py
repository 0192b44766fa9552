"""
Second factors: what all kinds of them share.

A feature brings a kind. It adds a step to the login, in the phase ``FACTOR``, which is
missing while the login has one proof only: any second one will do. A fresh proof takes
the same steps. Wrong answers count per account, whatever the kind (RQ-T6), and changes
of a factor void what was sent out or opened under the old ones (RQ-S5, K3).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit.sealing import CannotOpen
from arware.kit.web import Phase, Refused

from . import login, people, sessions, tries
from .caller import Caller, Member
from .events import Event, FactorAdded, LoginFailed
from .login import LoggedIn, Pending
from .models import LoginSession, PendingLogin, User
from .texts import PENDING_OVER, PROOF_NEEDED

if TYPE_CHECKING:
    from .realm import Realm

log = logging.getLogger("arware.local")


def answer(
    realm: Realm,
    caller: Caller,
    cookie: str,
    factor: str,
    is_right: Callable[[Session, User], bool],
    wrong: Refused,
) -> LoggedIn | Pending:
    """
    Go on with the pending login of *cookie* by the proof *factor*.

    *is_right* judges the answer and uses it up, in the transaction that it is given.
    Raises *wrong* if it is not right, and :class:`Refused` if the login is over, or if
    there were too many wrong answers: only who gave the first proof is told of them.
    Where the factor itself cannot be read any more :class:`CannotOpen` goes on.
    """
    with realm.reading() as db:
        user = login.waiting(realm, db, cookie, caller.now, Phase.FACTOR)
    if user is None:
        raise Refused(PENDING_OVER)
    taken = tries.take(realm, caller, tries.CODES, user.id, field=wrong.field)
    try:
        with realm.writing(caller) as db:
            # The user first: see `locking`.
            user = login.waiting(realm, db, cookie, caller.now, Phase.FACTOR, lock=True)
            if user is None:
                raise Refused(PENDING_OVER)
            if is_right(db, user):
                tries.forgive(db, taken, caller.now)
                return login.go_on(realm, db, caller, cookie, factor, factor)
            realm.record(db, LoginFailed(user_id=user.id, proof=factor), caller)
    except CannotOpen:  # It was not decided, and there are other factors to try.
        tries.give_back(realm, taken)
        raise
    log.info("factor wrong user=%s factor=%s ip=%s", user.id, factor, caller.ip)
    raise wrong.because(wrong.reason.word, user.id)


def is_enough(realm: Realm, db: Session, user: User) -> bool:
    """
    Tell whether a second factor alone proves a session of *user* anew.

    It does for who has no password: the session was opened by another first proof.
    """
    return user.password_hash is None and has_one(realm, db, user)


def prove(realm: Realm, member: Member) -> LoggedIn | Pending:
    """
    Begin a fresh proof of *member* by a second factor alone.

    Raises :class:`Refused` where that is not enough.
    """
    with realm.writing(member) as db:
        if not is_enough(realm, db, db.get_one(User, member.user.id)):
            raise Refused(PROOF_NEEDED)
        opened_by = next(iter(member.session.factors), "session")
        return login.prove(realm, db, member, opened_by)


def is_asked(realm: Realm, cookie: str | None, now: int) -> bool:
    """
    Tell whether the login of *cookie* waits for a second factor, and for nothing else.

    One that waits for a state is none here: where a sign-up waits for a mail, it must
    look like that with an address that is taken, which only seems to (RQ-E2).
    """
    with realm.reading() as db:
        return login.waiting(realm, db, cookie, now, Phase.FACTOR) is not None


def is_needed(proved: PendingLogin | LoginSession) -> bool:
    """Tell whether a login lacks a second factor, if its user has one."""
    return len(proved.factors) < 2


def has_one(realm: Realm, db: Session, user: User) -> bool:
    """Tell whether a user's logins ask for a second factor."""
    pending = PendingLogin(user_id=user.id, factors=["password"], passed=[])
    steps = (step for step in realm.joined.steps if step.phase is Phase.FACTOR)
    return any(step.needed(realm, db, user, pending) for step in steps)


def changed(
    realm: Realm,
    db: Session,
    user: User,
    caller: Caller,
    event: Event,
) -> None:
    """
    Record by *event* that a factor of *user* was added, replaced or removed (RQ-S5).

    What was sent out before is void, and all sessions end but the one of a user who
    did it. Who adds a factor has shown it: with it that session is one of two.
    """
    people.void_proofs(db, user)
    but = caller.session_of(user.id)
    sessions.end_all(realm, db, user, caller, but=but)
    if but is not None and isinstance(event, FactorAdded):
        sessions.add_factor(realm, db, but, event.factor, caller.now)
    realm.record(db, event, caller)
    log.info("factor changed user=%s event=%s", user.id, event.type)
