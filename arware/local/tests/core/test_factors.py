"""Second factors of all kinds share a counter, and their changes end what was open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import update

from arware.kit.web import Phase, Refused
from arware.kit.web.joining import Joined, Step

from ... import factors, login, people, sessions
from ...caller import Caller, Member
from ...events import FactorAdded, FactorRemoved
from ...login import LoggedIn, Pending
from ...models import LoginSession, PendingLogin, User
from ...realm import Realm
from ...texts import TOKEN_INVALID
from ..conftest import find
from ..support import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Clock,
    caller_at,
    first_proof,
    member,
    settings,
)


def is_needed(_realm: Any, _db: Any, _user: Any, pending: PendingLogin) -> bool:
    """Ask everybody for a second factor."""
    return factors.is_needed(pending)


class Protected(Realm):
    """A realm with two kinds of factors, either of which is enough."""

    joined = Joined(
        steps=[
            Step("one", Phase.FACTOR, "one", is_needed),
            Step("other", Phase.FACTOR, "other", is_needed),
        ]
    )


@pytest.fixture
def realm(database_url: str, clock: Clock) -> Iterator[Realm]:
    """Return a realm in which Ada lives, on each kind of database."""
    with Protected(settings(database_url, clock=clock), migrate=True) as realm:
        realm.add_user(ADA, PASSWORD)
        yield realm


def begin(realm: Realm) -> str:
    """Log in with the password; return the cookie of the login that waits."""
    done = first_proof(realm)
    assert isinstance(done, Pending)
    return done.cookie


def answer(
    realm: Realm, cookie: str, factor: str, *, right: bool, asks: Caller | None = None
) -> Any:
    """Answer the step of a login; return the session, or the word of the refusal."""
    caller, wrong = asks or caller_at(realm.now), Refused(TOKEN_INVALID, "code")
    try:
        return factors.answer(
            realm, caller, cookie, factor, lambda _db, _user: right, wrong
        )
    except Refused as refused:
        return refused.reason.word


@pytest.mark.parametrize("factor", ["one", "other"])
def test_t75_any_factor_is_enough(realm: Realm, factor: str) -> None:
    """Who has two of them gives one."""
    done = answer(realm, begin(realm), factor, right=True)

    assert done.visitor.session.factors == ["password", factor]


def test_t75_five_wrong_answers_are_free_and_then_all_wait(
    realm: Realm, clock: Clock
) -> None:
    """A quarter of an hour, for the right one too, whatever their kinds (RQ-T6)."""
    cookie = begin(realm)
    for factor in ("one", "other", "one", "other", "one"):
        assert answer(realm, cookie, factor, right=False) == "token_invalid"

    assert answer(realm, cookie, "one", right=True) == "too_many_tries"
    assert answer(realm, begin(realm), "other", right=True) == "too_many_tries"
    clock.forward(minutes=15)
    assert isinstance(answer(realm, begin(realm), "other", right=True), LoggedIn)


def test_t75_a_right_answer_forgets_the_wrong_ones(realm: Realm) -> None:
    """People mistype; only failures in a row make them wait."""
    for _ in range(3):
        cookie = begin(realm)
        wrong = {answer(realm, cookie, "one", right=False) for _ in range(4)}
        assert wrong == {"token_invalid"}
        assert isinstance(answer(realm, cookie, "one", right=True), LoggedIn)


def test_t75_without_the_first_proof_nothing_is_counted(realm: Realm) -> None:
    """Who makes a cookie up can make nobody wait."""
    made_up = {answer(realm, "made up", "one", right=True) for _ in range(9)}

    assert made_up == {"pending_over"}
    assert isinstance(answer(realm, begin(realm), "one", right=True), LoggedIn)


class Confirmed(Protected):
    """A realm in which people confirm their address before."""

    joined = Joined(
        steps=[
            Step("mail", Phase.STATE, "mail", lambda _r, _d, u, _p: is_new(u)),
            *Protected.joined.steps,
        ]
    )


def is_new(user: User) -> bool:
    """Tell whether the address was not confirmed."""
    return not user.email_verified


def test_who_waits_for_a_mail_is_asked_for_no_factor(
    database_url: str, clock: Clock
) -> None:
    """As with a cookie that stands for nothing (RQ-E2); later it is asked for."""
    with Confirmed(settings(database_url, clock=clock), migrate=True) as realm:
        realm.add_user(ADA, PASSWORD)
        cookie = begin(realm)
        asked = login.is_waiting(realm, cookie, realm.now, Phase.FACTOR)
        answers = {answer(realm, one, "one", right=True) for one in (cookie, "none")}
        with realm.writing() as db:
            db.execute(update(User).values(email_verified=True))

        assert (asked, answers) == (False, {"pending_over"})
        assert login.is_waiting(realm, cookie, realm.now, Phase.FACTOR)
        assert isinstance(answer(realm, cookie, "one", right=True), LoggedIn)


def test_t75_a_login_that_waits_ends_with_its_password(realm: Realm) -> None:
    """Who knew the old one does not get in with it."""
    cookie = begin(realm)
    with realm.writing() as db:
        people.set_password(db, find(realm, ADA), realm.hash_new(OTHER_PASSWORD))

    assert answer(realm, cookie, "one", right=True) == "pending_over"


@pytest.mark.parametrize("event", [FactorAdded, FactorRemoved])
def test_t75_a_change_ends_all_but_the_session_it_was_made_in(
    realm: Realm, event: type[FactorAdded | FactorRemoved]
) -> None:
    """Sessions (RQ-S5), and logins that wait (RQ-K3)."""
    other, own = (answer(realm, begin(realm), "one", right=True) for _ in range(2))
    waiting, user = begin(realm), find(realm, ADA)
    caller = caller_at(realm.now, visitor=own.visitor)
    with realm.writing() as db:
        happened = event(user_id=user.id, factor="one")
        factors.changed(realm, db, user, caller, happened)

    assert sessions.current(realm, own.cookie, realm.now) is not None
    assert sessions.current(realm, other.cookie, realm.now) is None
    assert answer(realm, waiting, "one", right=True) == "pending_over"


@pytest.mark.parametrize(
    ("event", "lasts"),
    [(FactorAdded, (1440, 60)), (FactorRemoved, (43_200, 20_160))],
)
def test_rq_s3_with_a_factor_no_session_of_before_goes_on_for_weeks(
    realm: Realm, event: type[FactorAdded | FactorRemoved], lasts: tuple[int, int]
) -> None:
    """Not the one in which it was added, either."""
    ada = member(realm)
    with realm.writing(ada) as db:
        session = db.get_one(LoginSession, ada.session.id)
        sessions.limit(realm, session, minutes=43_200, idle_minutes=20_160)
        happened = event(user_id=ada.user.id, factor="one")
        factors.changed(realm, db, ada.user, ada, happened)
        found = session.expires_at - realm.now, session.idle_seconds

    assert found == (60 * lasts[0], 60 * lasts[1])


def test_who_adds_a_factor_has_shown_it(realm: Realm) -> None:
    """The session is one of two from then on."""
    ada = member(realm)
    with realm.writing(ada) as db:
        happened = FactorAdded(user_id=ada.user.id, factor="one")
        factors.changed(realm, db, ada.user, ada, happened)
        session = db.get_one(LoginSession, ada.session.id)

        assert session.factors == ["password", "one"]


def test_t75_who_has_a_second_factor_is_known(realm: Realm) -> None:
    """By the steps that a login would ask for."""
    with realm.reading() as db:
        assert factors.has_one(realm, db, find(realm, ADA))


def of(ada: Member) -> Caller:
    """Return who asks for the page of a step: it needs no login."""
    return caller_at(ada.now, visitor=ada.visitor)


def prove(realm: Realm, ada: Member) -> Pending:
    """Give the password again."""
    with realm.writing(ada) as db:
        done = login.prove(realm, db, ada, "password")
    assert isinstance(done, Pending)
    return done


@pytest.mark.parametrize("factor", ["one", "other"])
def test_t75_a_fresh_proof_takes_a_second_factor_too(
    realm: Realm, clock: Clock, factor: str
) -> None:
    """Any one, as at the login; the session stays, with a new cookie and the proofs."""
    ada = member(realm)
    clock.forward(minutes=30)
    pending = prove(realm, ada)
    before = sessions.find(realm, ada.session.id, realm.now)
    assert before is not None
    assert before.session.auth_at == ada.now
    done = answer(realm, pending.cookie, factor, right=True, asks=of(ada))
    after = sessions.current(realm, done.cookie, realm.now)

    assert after is not None
    assert after.session.id == ada.session.id
    assert after.session.factors == ["password", factor]
    assert answer(realm, pending.cookie, factor, right=True) == "pending_over"


def test_t75_wrong_answers_of_proofs_and_logins_count_together(realm: Realm) -> None:
    """Five are free (RQ-T6)."""
    ada = member(realm)
    pending, waiting = prove(realm, ada), begin(realm)
    for cookie in (pending.cookie, waiting, pending.cookie, waiting, pending.cookie):
        said = answer(realm, cookie, "one", right=False, asks=of(ada))
        assert said == "token_invalid"

    for cookie in (pending.cookie, waiting):
        said = answer(realm, cookie, "one", right=True, asks=of(ada))
        assert said == "too_many_tries"


def test_t75_a_proof_is_for_the_session_it_was_begun_in(realm: Realm) -> None:
    """Not for another one, nor for one that ended meanwhile."""
    ada = member(realm)
    first, second = prove(realm, ada).cookie, prove(realm, ada).cookie
    for other in (caller_at(realm.now), of(member(realm))):
        said = answer(realm, first, "one", right=True, asks=other)
        assert said == "pending_over"
    with realm.writing() as db:
        sessions.end(realm, db, ada.session.id, ada)

    assert answer(realm, second, "one", right=True, asks=of(ada)) == "pending_over"


def test_t75_who_has_no_password_proves_themselves_by_a_factor(realm: Realm) -> None:
    """Who has one has to give it first."""
    ada = member(realm)
    with pytest.raises(Refused, match="proof_needed"):
        factors.prove(realm, ada)
    with realm.writing() as db:
        people.set_password(db, ada.user, None)
    ada = member(realm)
    pending = factors.prove(realm, ada)
    assert isinstance(pending, Pending)
    done = answer(realm, pending.cookie, "other", right=True, asks=of(ada))

    assert done.visitor.session.id == ada.session.id
