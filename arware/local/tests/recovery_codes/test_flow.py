"""Recovery codes log in whoever has lost the other factor, each once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, update

from arware.kit.web import Phase, Refused
from arware.kit.web.joining import Handler, Joined, Step

from ... import factors
from ...events import FactorRemoved
from ...features.recovery_codes import flow
from ...features.recovery_codes.models import RecoveryCode
from ...login import LoggedIn, Pending
from ...models import EventRow, PendingLogin, User
from ...realm import Realm
from ..conftest import find
from ..support import (
    ADA,
    PASSWORD,
    Clock,
    caller_at,
    first_proof,
    member,
    overtaken,
    settings,
)

BOB = "bob@example.com"


def is_needed(_realm: Any, _db: Any, user: User, pending: PendingLogin) -> bool:
    """Tell whether a login lacks the factor, which those with a reference have."""
    return factors.is_needed(pending) and user.reference is not None


class Protected(Realm):
    """A realm with a second factor, of whatever kind."""

    joined = Joined(
        steps=[Step("factor", Phase.FACTOR, "factor", is_needed)],
        handlers=[Handler(FactorRemoved, flow.forget, after_commit=False)],
    )


@pytest.fixture
def realm(database_url: str, clock: Clock) -> Iterator[Realm]:
    """Return a realm in which Ada and Bob have a factor, on each kind of database."""
    with Protected(settings(database_url, clock=clock), migrate=True) as realm:
        for email in (ADA, BOB):
            realm.add_user(email, PASSWORD)
        protect(realm)
        yield realm


def protect(realm: Realm, reference: str | None = "with a factor") -> None:
    """Give Ada and Bob a factor, or take it away."""
    with realm.writing() as db:
        db.execute(update(User).values(reference=reference))


def make(realm: Realm, email: str = ADA) -> list[str]:
    """Make codes for a user."""
    return flow.make(realm, member(realm, email))


def begin(realm: Realm, email: str = ADA) -> str:
    """Log in with the password; return the cookie of the login that waits."""
    done = first_proof(realm, email)
    assert isinstance(done, Pending)
    return done.cookie


def answer(realm: Realm, cookie: str, code: str) -> Any:
    """Answer the step of a login; return the session, or the word of the refusal."""
    try:
        return flow.answer(realm, caller_at(realm.now), cookie, code)
    except Refused as refused:
        return refused.reason.word


def left(realm: Realm, email: str = ADA) -> int:
    """Return how many codes a user can use."""
    with realm.reading() as db:
        return flow.left(realm, db, find(realm, email))


def test_t75_a_code_takes_the_place_of_the_other_factor(realm: Realm) -> None:
    """The session knows by which proofs it was opened (RQ-M9)."""
    codes = make(realm)
    done = answer(realm, begin(realm), codes[0].upper().replace("-", " "))

    assert done.visitor.session.factors == ["password", "recovery_codes"]
    assert (len(codes), left(realm)) == (10, 9)


def test_t75_a_code_is_good_once(realm: Realm) -> None:
    """And new ones void those of before (RQ-M5)."""
    old = make(realm)

    assert isinstance(answer(realm, begin(realm), old[0]), LoggedIn)
    assert answer(realm, begin(realm), old[0]) == "recovery_code_wrong"
    new = make(realm)
    assert answer(realm, begin(realm), old[1]) == "recovery_code_wrong"
    assert isinstance(answer(realm, begin(realm), new[1]), LoggedIn)


def test_t75_a_code_alone_opens_no_session(realm: Realm) -> None:
    """It is a second proof, not a first one; and trying does not use it up."""
    code = make(realm)[0]

    assert answer(realm, "made up", code) == "pending_over"
    assert left(realm) == 10


def test_new_codes_end_the_other_sessions(realm: Realm) -> None:
    """Somebody may have got in by an old one (RQ-S5)."""
    elsewhere, ada = member(realm), member(realm)
    flow.make(realm, ada)

    assert realm.is_session_active(ada.session.id)
    assert not realm.is_session_active(elsewhere.session.id)


def test_t75_a_code_of_somebody_else_is_none(realm: Realm) -> None:
    """Each is its owner's."""
    code = make(realm)[0]
    make(realm, BOB)

    assert answer(realm, begin(realm, BOB), code) == "recovery_code_wrong"
    assert left(realm) == 10


def test_t75_without_a_second_factor_there_are_no_codes(realm: Realm) -> None:
    """They would stand in for nothing."""
    protect(realm, None)
    with pytest.raises(Refused) as caught:
        make(realm)

    assert caught.value.reason.word == "factor_missing"


def test_t75_codes_go_with_the_last_factor(realm: Realm) -> None:
    """Not with the first of two, and nobody else's."""
    make(realm)
    make(realm, BOB)
    remove_factor(realm)
    assert left(realm) == 10
    protect(realm, None)
    remove_factor(realm)

    with realm.reading() as db:
        assert db.scalar(select(func.count()).select_from(RecoveryCode)) == 10
    assert left(realm, BOB) == 10


def remove_factor(realm: Realm) -> None:
    """Say that one of Ada's factors was removed."""
    user, caller = find(realm, ADA), caller_at(realm.now)
    with realm.writing() as db:
        event = FactorRemoved(user_id=user.id, factor="factor")
        factors.changed(realm, db, user, caller, event)


def test_t75_all_of_it_is_written_down(realm: Realm) -> None:
    """Making, failing and using, with how many are left (RQ-N2)."""
    codes = make(realm)
    answer(realm, begin(realm), "wrong")
    answer(realm, begin(realm), codes[0])
    asked = select(EventRow.type).where(EventRow.user_id == find(realm, ADA).id)
    used = select(EventRow.data).where(EventRow.type == "user.recovery_codes.used")
    with realm.reading() as db:
        happened = list(db.scalars(asked.order_by(EventRow.number)))
        assert db.scalar(used) == {"left": 9}

    assert happened[happened.index("user.recovery_codes.made") :] == [
        "user.recovery_codes.made",
        "user.login.initiated",
        "user.login.failed",
        "user.login.initiated",
        "user.recovery_codes.used",
        "user.login.succeeded",
    ]


def test_t75_of_many_uses_of_a_code_one_logs_in(realm: Realm) -> None:
    """Each with a login of its own."""
    code = make(realm)[0]
    cookies = [begin(realm) for _ in range(5)]
    barrier, done = threading.Barrier(5), []

    def use(cookie: str) -> None:
        barrier.wait()
        done.append(answer(realm, cookie, code))

    threads = [threading.Thread(target=use, args=(cookie,)) for cookie in cookies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(isinstance(one, LoggedIn) for one in done) == 1
    assert left(realm) == 9


def test_who_was_shut_out_meanwhile_makes_none(realm: Realm) -> None:
    """The codes of before a reset stay, and nobody else gets any."""
    protect(realm, None)
    ada = overtaken(realm)
    protect(realm)
    codes = make(realm)
    with pytest.raises(Refused, match="account_changed"):
        flow.make(realm, ada)

    assert isinstance(answer(realm, begin(realm), codes[0]), LoggedIn)
