"""From a proof to a session, with the steps between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text, update

from arware.kit.web.joining import Joined, Phase, Step
from arware.kit.web.refusals import Refused

from ... import login, people, sessions
from ...login import LoggedIn, Pending
from ...models import EventRow, LoginSession, PendingLogin, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..support import ADA, Clock, caller_at, settings


class Stepped(Realm):
    """A realm whose logins need a code, and an address that was confirmed."""

    joined = Joined(
        steps=[
            Step("confirm", Phase.STATE, "confirm", lambda _r, _d, u, _p: is_new(u)),
            Step("code", Phase.FACTOR, "code", lambda _r, _d, _u, p: is_single(p)),
            Step("terms", Phase.CONSENT, "terms", lambda *_: True),
        ]
    )


def is_new(user: User) -> bool:
    """Tell whether the address was not confirmed."""
    return not user.email_verified


def is_single(pending: PendingLogin) -> bool:
    """Tell whether there was one proof only."""
    return len(pending.factors) < 2


@pytest.fixture
def stepped(database_url: str, clock: Clock) -> Iterator[Realm]:
    """Return a realm with steps, on each kind of database."""
    with Stepped(settings(database_url, clock=clock), migrate=True) as realm:
        realm.add_user(ADA, email_verified=True)
        yield realm


def begin(realm: Realm, **values: Any) -> LoggedIn | Pending:
    """Show the first proof of Ada."""
    caller = caller_at(realm.now, destination="redirect_uri=%2Fx", **values)
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        return login.finish(realm, db, caller, user, "password")


def go_on(
    realm: Realm, cookie: str, step: str, factor: str | None = None
) -> LoggedIn | Pending:
    """Pass a step."""
    with realm.writing() as db:
        caller = caller_at(realm.now)
        return login.go_on(realm, db, caller, cookie, step, factor)


def waiting(done: LoggedIn | Pending) -> Pending:
    """Return a login that waits."""
    assert isinstance(done, Pending)
    return done


def types_in(realm: Realm) -> list[str]:
    """Return what was recorded, in its order."""
    with realm.reading() as db:
        return list(db.scalars(select(EventRow.type).order_by(EventRow.number)))


def count(realm: Realm, table: type[Any]) -> int:
    """Return how many rows there are."""
    with realm.reading() as db:
        return len(db.scalars(select(table)).all())


def test_a_login_walks_its_steps_in_their_phases(stepped: Realm) -> None:
    """Each asks for its page; the last one opens the session, with all its proofs."""
    first = waiting(begin(stepped))
    second = waiting(go_on(stepped, first.cookie, "code", "totp"))
    done = go_on(stepped, second.cookie, "terms")

    assert (first.step.name, second.step.name) == ("code", "terms")
    assert isinstance(done, LoggedIn)
    assert done.visitor.session.factors == ["password", "totp"]
    assert done.visitor.session.auth_at == stepped.now
    assert done.then == "redirect_uri=%2Fx"
    assert count(stepped, PendingLogin) == 0
    assert types_in(stepped) == [
        "user.created",
        "user.login.initiated",
        "user.login.succeeded",
    ]


def test_without_steps_there_is_a_session_at_once(realm: Realm) -> None:
    """Nothing waits, and the user's last login is noted."""
    done = begin(realm)

    assert isinstance(done, LoggedIn)
    assert find(realm, ADA).last_login_at == realm.now
    assert "user.login.succeeded" in types_in(realm)


def test_a_pending_login_opens_nothing(stepped: Realm) -> None:
    """Its cookie is no session's, and there is no session."""
    pending = waiting(begin(stepped))

    assert count(stepped, LoginSession) == 0
    assert stepped.digest("session", pending.cookie) not in _digests(stepped)


def _digests(realm: Realm) -> list[str]:
    with realm.reading() as db:
        return list(db.scalars(select(LoginSession.digest)))


def test_a_cookie_goes_on_once(stepped: Realm) -> None:
    """What was used is over, and so is what nobody was given."""
    pending = waiting(begin(stepped))
    go_on(stepped, pending.cookie, "code", "totp")

    for cookie in (pending.cookie, "made-up", ""):
        with pytest.raises(Refused, match="pending_over"):
            go_on(stepped, cookie, "code", "totp")


def test_of_two_at_once_one_goes_on(stepped: Realm) -> None:
    """However many come with one cookie."""
    pending = waiting(begin(stepped))
    start = threading.Barrier(8)
    outcomes: list[str] = []

    def run() -> None:
        start.wait()
        try:
            go_on(stepped, pending.cookie, "code", "totp")
            outcomes.append("goes on")
        except Refused as refused:
            outcomes.append(refused.reason.word)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["goes on"] + ["pending_over"] * 7


@pytest.mark.parametrize("minutes", [15, 16])
def test_it_is_over_after_a_quarter_of_an_hour(
    stepped: Realm, clock: Clock, minutes: int
) -> None:
    """Steps do not prolong it."""
    pending = waiting(begin(stepped))
    clock.forward(minutes=10)
    later = waiting(go_on(stepped, pending.cookie, "code", "totp"))
    clock.forward(minutes=minutes - 10)

    with pytest.raises(Refused, match="pending_over"):
        go_on(stepped, later.cookie, "terms")


def test_of_one_user_few_logins_wait(stepped: Realm, clock: Clock) -> None:
    """The last five; one more ends the oldest."""
    cookies = []
    for _ in range(7):
        cookies.append(waiting(begin(stepped)).cookie)
        clock.forward(seconds=1)

    assert count(stepped, PendingLogin) == 5
    with pytest.raises(Refused, match="pending_over"):
        go_on(stepped, cookies[1], "code", "totp")
    assert waiting(go_on(stepped, cookies[2], "code", "totp")).step.name == "terms"


def test_a_step_that_is_looked_at_often_is_noted_once(stepped: Realm) -> None:
    """However often somebody asks whether the state has changed."""
    with stepped.writing() as db:
        db.execute(update(User).values(email_verified=False))
    pending = waiting(begin(stepped))
    for _ in range(3):
        pending = waiting(go_on(stepped, pending.cookie, "confirm"))
    with stepped.reading() as db:
        found = login.find(stepped, db, pending.cookie, stepped.now)

    assert found is not None
    assert found[0].passed == ["confirm"]


def test_another_password_ends_what_waits(stepped: Realm) -> None:
    """A login that began with the old one does not get in."""
    pending = waiting(begin(stepped))
    with stepped.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        people.set_password(db, user, "another hash")

    with pytest.raises(Refused, match="pending_over"):
        go_on(stepped, pending.cookie, "code", "totp")


def test_who_goes_on_during_a_reset_gets_no_session(stepped: Realm) -> None:
    """A reset that is not committed yet ends what waits, and no session outlives it."""
    pending = waiting(begin(stepped))
    last = waiting(go_on(stepped, pending.cookie, "code", "totp"))
    outcomes: list[str] = []

    def run() -> None:
        try:
            go_on(stepped, last.cookie, "terms")
            outcomes.append("logged in")
        except Refused as refused:
            outcomes.append(refused.reason.word)

    thread = threading.Thread(target=run)
    with stepped.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        people.set_password(db, user, "another hash")
        sessions.end_all(stepped, db, user, caller_at(stepped.now))
        thread.start()
        while thread.is_alive() and not _is_anybody_waiting(stepped):
            pass
    thread.join()

    assert outcomes == ["pending_over"]
    assert count(stepped, LoginSession) == 0


def _is_anybody_waiting(realm: Realm) -> bool:
    """Tell whether a transaction waits for another one; SQLite's do at once."""
    with realm.reading() as db:
        if db.get_bind().dialect.name == "sqlite":
            return True
        locks = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(db.scalar(locks))


def test_who_is_disabled_does_not_go_on(stepped: Realm) -> None:
    """Between two steps, too."""
    pending = waiting(begin(stepped))
    stepped.set_user_state(ADA, "inactive")

    with pytest.raises(Refused, match="pending_over"):
        go_on(stepped, pending.cookie, "code", "totp")


def test_a_state_is_looked_at_again_at_the_end(stepped: Realm) -> None:
    """What was so at the beginning may not be any more; nobody passes it by a click."""
    pending = waiting(begin(stepped))
    with stepped.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        user.email_verified = False
    later = waiting(go_on(stepped, pending.cookie, "code", "totp"))
    again = waiting(go_on(stepped, later.cookie, "confirm"))

    assert (later.step.name, again.step.name) == ("confirm", "confirm")


def test_a_login_replaces_the_one_the_browser_had(realm: Realm) -> None:
    """One browser has one session; the other ended, and that is recorded."""
    before = begin(realm)
    assert isinstance(before, LoggedIn)
    after = begin(realm, visitor=before.visitor)
    assert isinstance(after, LoggedIn)

    assert not realm.is_session_active(before.visitor.session.id)
    assert realm.is_session_active(after.visitor.session.id)
    assert types_in(realm)[-2:] == ["session.deleted", "user.login.succeeded"]


def test_nothing_of_it_shows_its_cookie(make: Make) -> None:
    """A log that prints a login or a step that waits gives nothing away."""
    done = begin(with_ada(make()))
    assert isinstance(done, LoggedIn)

    assert done.cookie not in repr(done)
    step = Step("code", Phase.FACTOR, "code", lambda *_: True)
    assert "geheim" not in repr(Pending(step, "geheim"))
