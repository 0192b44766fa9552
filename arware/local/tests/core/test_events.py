"""What happens is recorded with it, and who wants to know hears of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from arware.kit.web.joining import Handler, Joined

from ... import events, sessions
from ...events import (
    Event,
    Happening,
    PasswordUpdated,
    UserCreated,
)
from ...models import EventRow, User
from ...realm import Realm
from ..conftest import find, with_ada
from ..support import ADA, Clock, caller_at, member, settings

DAY = 86_400


@dataclass
class Listener:
    """Hears of events, in their transaction and after it."""

    heard: list[str] = field(default_factory=list)
    during: Callable[[Happening[Event]], None] = lambda _: None
    after: Callable[[Happening[Event]], None] = lambda _: None

    def now(self, happening: Happening[Event]) -> None:
        """Hear of it in its transaction."""
        self.heard.append(f"now {happening.event.type}")
        self.during(happening)

    def later(self, happening: Happening[Event]) -> None:
        """Hear of it after the commit."""
        self.heard.append(f"later {happening.event.type}")
        self.after(happening)


@pytest.fixture
def listener() -> Listener:
    """Return who listens."""
    return Listener()


@pytest.fixture
def heard(database_url: str, clock: Clock, listener: Listener) -> Iterator[Realm]:
    """Return a realm whose changes of passwords somebody listens to."""

    class Heard(Realm):
        joined = Joined(
            handlers=[
                Handler(PasswordUpdated, listener.later, after_commit=True),
                Handler(PasswordUpdated, listener.now, after_commit=False),
            ]
        )

    with Heard(settings(database_url, clock=clock), migrate=True) as realm:
        yield with_ada(realm)


def rows(realm: Realm, kind: type[Event]) -> list[EventRow]:
    """Return the rows of one type."""
    asked = select(EventRow).where(EventRow.type == kind.type).order_by(EventRow.number)
    with realm.reading() as db:
        return list(db.scalars(asked))


def change(realm: Realm, db: Session, user: User) -> None:
    """Record that a password was changed."""
    realm.record(db, PasswordUpdated(user_id=user.id), caller_at(realm.now))


def test_a_row_says_what_who_when_and_from_where(realm: Realm, ada: User) -> None:
    """What the event has beside its user is its data."""
    with realm.writing() as db:
        event = events.ProfileUpdated(user_id=ada.id, fields=("locale",))
        realm.record(db, event, caller_at(realm.now, client="curl"))
    (row,) = rows(realm, events.ProfileUpdated)

    assert (row.user_id, row.at) == (ada.id, realm.now)
    assert (row.ip, row.client) == ("192.0.2.1", "curl")
    assert row.data == {"fields": ["locale"]}
    assert row.id.startswith("ev_")


def test_no_row_tells_the_session_of_somebody_else(realm: Realm, ada: User) -> None:
    """Users see their rows, and who knows the id of a session may end it."""
    realm.add_user("eve@example.com")
    own, eve = member(realm), member(realm, "eve@example.com")
    callers = (own, eve, eve.operating(eve.visitor), caller_at(realm.now))
    with realm.writing() as db:
        for caller in callers:
            realm.record(db, PasswordUpdated(user_id=ada.id), caller)

    found = [row.session_id for row in rows(realm, PasswordUpdated)]
    assert found == [own.session.id, None, None, None]


def test_an_operators_act_is_recorded_as_such(realm: Realm, ada: User) -> None:
    """Who was added from a terminal was added by the operator."""
    (row,) = rows(realm, UserCreated)

    assert (row.user_id, row.client, row.ip) == (ada.id, "operator", "")


def test_handlers_hear_of_it_in_the_transaction_or_after_it(
    heard: Realm, listener: Listener
) -> None:
    """Whatever their order, late ones come after the commit."""
    ada = find(heard, ADA)
    with heard.writing() as db:
        change(heard, db, ada)
        before = list(listener.heard)

    assert before == ["now user.password.updated"]
    assert listener.heard == [*before, "later user.password.updated"]


def test_what_a_handler_writes_is_committed_with_the_event(
    heard: Realm, listener: Listener
) -> None:
    """It gets the transaction."""

    def rename(happening: Happening[Event]) -> None:
        happening.db.get_one(User, happening.event.user_id).first_name = "Augusta"

    ada = find(heard, ADA)
    listener.during = rename
    with heard.writing() as db:
        change(heard, db, ada)

    assert find(heard, ADA).first_name == "Augusta"


@pytest.mark.parametrize("fails", ["handler", "flow"])
def test_what_was_rolled_back_did_not_happen(
    heard: Realm, listener: Listener, fails: str
) -> None:
    """There is no row, and no late handler hears of it."""

    def fail(_: Any = None) -> None:
        raise ZeroDivisionError

    def attempt() -> None:
        with heard.writing() as db:
            change(heard, db, ada)
            fail()

    ada = find(heard, ADA)
    if fails == "handler":
        listener.during = fail
    with pytest.raises(ZeroDivisionError):
        attempt()

    assert rows(heard, PasswordUpdated) == []
    assert listener.heard == ["now user.password.updated"]


def test_a_late_handler_has_transactions_of_its_own(
    heard: Realm, listener: Listener
) -> None:
    """It may write, too: the one that it was told of is over."""

    def end(happening: Happening[Event]) -> None:
        with happening.realm.writing() as db:
            sessions.end_all(happening.realm, db, ada, happening.caller)

    ada = find(heard, ADA)
    listener.after = end
    with heard.writing() as db:
        change(heard, db, ada)

    assert listener.heard[-1] == "later user.password.updated"


def test_a_late_handler_that_fails_undoes_nothing(
    heard: Realm, listener: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    """Its fault is logged; what happened has happened."""

    def fail(_: Any) -> None:
        raise ZeroDivisionError

    ada = find(heard, ADA)
    listener.after = fail
    with caplog.at_level(logging.ERROR), heard.writing() as db:
        change(heard, db, ada)

    assert len(rows(heard, PasswordUpdated)) == 1
    assert "failed" in caplog.text


def test_nothing_is_recorded_inside_a_savepoint(any_realm: Realm) -> None:
    """It might be rolled back alone, and late handlers would be told all the same."""
    ada = find(any_realm, ADA)

    with (
        any_realm.writing() as db,
        db.begin_nested(),
        pytest.raises(RuntimeError, match="savepoint"),
    ):
        change(any_realm, db, ada)


def test_a_thread_writes_one_transaction_at_a_time(any_realm: Realm) -> None:
    """The inner one would stay when the outer one is rolled back."""
    with (
        any_realm.writing(),
        pytest.raises(RuntimeError, match="open"),
        any_realm.writing(),
    ):
        pass

    with any_realm.writing() as db:  # and then it may again
        assert db.scalars(select(User)).all()
