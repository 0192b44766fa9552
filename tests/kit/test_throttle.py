"""Tries are counted before they are decided, and never more are taken than may be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from sqlalchemy import event, func, select

from arware.kit import throttle
from arware.kit.database import Database
from arware.kit.throttle import (
    CLOCK_SLACK,
    FOREVER,
    Counter,
    Limit,
    State,
    Success,
    doubling,
    per_hour,
)
from tests.kit.tables import NOW, Tries

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t73

T = TypeVar("T")

DAY = 86_400
#: Five are free, then each makes wait.
PATIENT = Limit(doubling(5, 900), DAY)
#: After three nothing is taken any more.
FINAL = Limit(((3, FOREVER),), FOREVER)
ONE = Counter(PATIENT, "one", "ada")
TWO = Counter(PATIENT, "two", "ada")
LAST = Counter(FINAL, "last", "ada")


def attempt(
    database: Database, *counters: Counter, now: int = NOW, **options: Any
) -> tuple[int, ...]:
    """Take a try; return the numbers that it got."""
    with database.writing() as db:
        states = throttle.look(db, Tries, counters)
        numbers = throttle.take(db, Tries, states, now, **options)
    return tuple(numbers[counter] for counter in counters)


def wait(database: Database, counter: Counter, now: int = NOW) -> int:
    """Return how long nothing is taken."""
    with database.reading() as db:
        return counter.limit.wait(throttle.look(db, Tries, [counter])[counter], now)


@contextmanager
def watching(database: Database, hear: Callable[[str], object]) -> Iterator[None]:
    """Tell *hear* of every statement, as long as the block lasts."""

    def note(_one: object, _two: object, statement: str, *_: object) -> None:
        hear(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield
    event.remove(database.engine, "before_cursor_execute", note)


def number_of_rows(database: Database) -> int:
    """Return how many rows there are."""
    with database.reading() as db:
        return db.scalar(select(func.count()).select_from(Tries)) or 0


@pytest.mark.parametrize(
    ("limit", "number", "cost"),
    [
        (PATIENT, 4, 0),
        (PATIENT, 5, 1),
        (PATIENT, 6, 2),
        (PATIENT, 10, 32),
        (PATIENT, 15, 900),
        (PATIENT, 10_000, 900),
        (FINAL, 2, 0),
        (FINAL, 3, FOREVER),
        (per_hour(5, gap=60), 1, 60),
        (per_hour(5, gap=60), 5, 3600),
        (Limit((), DAY), 1_000, 0),
    ],
)
def test_what_a_try_costs(limit: Limit, number: int, cost: int) -> None:
    """Nothing at first, and then what the limit says."""
    assert limit.cost(number) == cost


def test_tries_are_numbered_until_one_makes_wait(database: Database) -> None:
    """While a wait is, nothing is counted."""
    numbers = [attempt(database, ONE)[0] for _ in range(7)]

    assert numbers == [1, 2, 3, 4, 5, 0, 0]
    assert wait(database, ONE) == 1


def test_a_wait_ends_to_the_second(database: Database) -> None:
    """The next try is taken then, and makes wait for longer."""
    for _ in range(5):
        attempt(database, ONE)

    assert attempt(database, ONE, now=NOW + 1) == (6,)
    assert wait(database, ONE, NOW + 1) == 2


def test_a_wait_without_an_end(database: Database) -> None:
    """It outlives every clock."""
    for _ in range(3):
        attempt(database, LAST)

    assert attempt(database, LAST, now=NOW + 1_000 * 365 * DAY) == (0,)


@pytest.mark.parametrize(("later", "number"), [(DAY - 1, 5), (DAY, 1)])
def test_tries_are_forgotten(database: Database, later: int, number: int) -> None:
    """A memory begins anew with each try."""
    for _ in range(3):
        attempt(database, ONE)
    attempt(database, ONE, now=NOW + 100)

    assert attempt(database, ONE, now=NOW + 100 + later) == (number,)


def test_a_window_is_over_when_it_is_over(database: Database) -> None:
    """Five an hour, one a minute: tries within the hour do not make it longer."""
    mails = Counter(per_hour(5, gap=60), "mails", "ada")
    taken = [
        seconds
        for seconds in range(0, 3 * 3600, 10)
        if attempt(database, mails, now=NOW + seconds) != (0,)
    ]

    assert taken[:5] == [0, 60, 120, 180, 240]
    assert taken[5:7] == [3600, 3660]
    assert len(taken) == 15


def test_a_row_that_is_not_taken_costs_the_same_work(database: Database) -> None:
    """Of those that are idle nothing is counted; the statements are the same."""
    for _ in range(3):
        attempt(database, ONE, TWO)
    statements = []
    with watching(database, statements.append):
        attempt(database, ONE, TWO)
        busy = len(statements)
        idle = attempt(database, ONE, TWO, idle=[ONE, TWO])

    assert idle == (0, 0)
    assert len(statements) == 2 * busy
    assert attempt(database, ONE, TWO) == (5, 5)


def test_a_try_that_is_not_decided_is_taken_back(database: Database) -> None:
    """Its wait ends, and the next one has its number."""
    for _ in range(4):
        attempt(database, ONE)
    (number,) = attempt(database, ONE)
    with database.writing() as db:
        throttle.give_back(db, Tries, {ONE: number})

    assert attempt(database, ONE) == (5,)


def test_what_is_taken_back_shortens_nobody_elses_wait(database: Database) -> None:
    """Else who keeps the server busy would have more tries than others."""
    for _ in range(4):
        attempt(database, ONE)
    (early,) = attempt(database, ONE)
    (late,) = attempt(database, ONE, now=NOW + 1)
    with database.writing() as db:
        throttle.give_back(db, Tries, {ONE: early})

    assert (early, late) == (5, 6)
    assert wait(database, ONE, NOW + 1) == 2


@pytest.mark.parametrize(
    ("success", "number"),
    [(Success.FORGET, 1), (Success.GIVE_BACK, 4), (Success.MARK, 1)],
)
def test_what_a_success_does(database: Database, success: Success, number: int) -> None:
    """All tries are forgotten, or only the one that succeeded."""
    counter = Counter(PATIENT, "one", "ada", success)
    for _ in range(4):
        last = attempt(database, counter)
    with database.writing() as db:
        throttle.forgive(db, Tries, {counter: last[0]}, NOW)

    assert attempt(database, counter) == (number,)


def test_a_success_can_leave_a_mark(database: Database) -> None:
    """It lasts as long as the limit's memory, and holds no failures."""
    counter = Counter(PATIENT, "one", "ada", Success.MARK)
    with database.writing() as db:
        throttle.forgive(db, Tries, {counter: 0}, NOW)
    with database.reading() as db:
        state = throttle.look(db, Tries, [counter])[counter]

    assert state == State(0, NOW, 0, NOW + DAY)


def test_all_that_is_about_one_thing_can_be_forgotten(database: Database) -> None:
    """Other rows stay as they are."""
    other = Counter(PATIENT, "other", "bob")
    for _ in range(3):
        attempt(database, ONE, TWO, LAST, other)
    with database.writing() as db:
        throttle.forgive_about(db, Tries, ["ada"])

    assert attempt(database, ONE, TWO, LAST, other) == (1, 1, 1, 4)


def test_what_is_full_for_good_can_be_opened(database: Database) -> None:
    """It counts on from where it is told to; others about the same stay."""
    for _ in range(3):
        attempt(database, ONE, LAST)
    with database.writing() as db:
        throttle.reopen(db, Tries, "ada", failures=1)

    assert attempt(database, ONE, LAST) == (4, 2)


@pytest.mark.parametrize(("tries", "until"), [(0, 600), (3, 600), (30, 900)])
def test_a_counter_can_be_blocked(database: Database, tries: int, until: int) -> None:
    """Whatever is counted there; a longer wait stays, and the tries count on."""
    for number in range(tries):
        attempt(database, ONE, now=NOW + 900 * number)
    now = NOW + 900 * max(0, tries - 1)
    with database.writing() as db:
        throttle.block(db, Tries, ONE, now, now + 600)

    assert wait(database, ONE, now) == until
    assert attempt(database, ONE, now=now + until - 1) == (0,)
    assert attempt(database, ONE, now=now + until) == (tries + 1,)


def test_what_was_forgotten_does_not_count_where_it_is_blocked(
    database: Database,
) -> None:
    """As for any later try."""
    attempt(database, ONE)
    later = NOW + DAY
    with database.writing() as db:
        throttle.block(db, Tries, ONE, later, later + 60)

    assert wait(database, ONE, later) == 60
    assert attempt(database, ONE, now=later + 59) == (0,)
    assert attempt(database, ONE, now=later + 60) == (1,)


def test_only_what_is_forgotten_is_swept_away(database: Database) -> None:
    """A few at a time; what never ends stays."""
    for number in range(5):
        attempt(database, Counter(PATIENT, f"old {number}", "ada"))
    attempt(database, LAST)
    attempt(database, ONE, now=NOW + 1)
    swept = []
    for now in (NOW + DAY - 1, NOW + DAY, NOW + DAY, NOW + DAY):
        with database.writing() as db:
            swept.append(throttle.sweep(db, Tries, now, most=3))

    assert swept == [0, 3, 2, 0]
    assert number_of_rows(database) == 2


@pytest.mark.parametrize("back", [CLOCK_SLACK + 1, DAY, 365 * DAY])
def test_a_clock_that_was_ahead_makes_nobody_wait(
    database: Database, back: int
) -> None:
    """When it goes back, no wait is from the future, and none is negative."""
    for _ in range(5):
        attempt(database, ONE, now=NOW + back)

    assert wait(database, ONE) == 0
    assert attempt(database, ONE) == (6,)
    assert wait(database, ONE) == 2
    assert wait(database, ONE, NOW + 3) == 0


def test_a_window_from_the_future_begins_anew(database: Database) -> None:
    """It does not last until the clock is there again."""
    mails = Counter(per_hour(5), "mails", "ada")
    attempt(database, mails, now=NOW + 365 * DAY)
    attempt(database, mails)
    with database.reading() as db:
        state = throttle.look(db, Tries, [mails])[mails]

    assert state.expires_at == NOW + 3600


def test_what_is_full_for_good_stays_so_when_a_clock_goes_back(
    database: Database,
) -> None:
    """A wrong clock opens nothing."""
    for _ in range(3):
        attempt(database, LAST, now=NOW + 365 * DAY)

    assert attempt(database, LAST) == (0,)


def test_a_slow_request_is_not_taken_for_a_hasty_one(database: Database) -> None:
    """One that began before another's second, and comes after it, is taken."""
    assert attempt(database, ONE) == (1,)
    assert attempt(database, ONE, now=NOW - 1) == (2,)


def together(number: int, function: Callable[[], T]) -> list[T]:
    """Call *function* in so many threads at the same instant; return the results."""
    start = threading.Barrier(number)
    results: list[T] = []

    def run() -> None:
        start.wait()
        results.append(function())

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_many_at_once_get_no_more_than_one_after_the_other(database: Database) -> None:
    """Forty at one instant, that all saw an empty table: five are taken (RQ-T8)."""

    def run() -> int:
        # What was seen before is old, for all but one.
        with database.writing() as db:
            states = {ONE: State(), TWO: State()}
            numbers = throttle.take(db, Tries, states, NOW)
        return numbers[ONE]

    numbers = together(40, run)

    assert sorted(numbers) == [0] * 35 + [1, 2, 3, 4, 5]
    assert wait(database, ONE) == 1


def test_tries_and_successes_at_once_break_nothing(database: Database) -> None:
    """Logins of one person in several tabs end, without a deadlock."""
    network = Counter(PATIENT, "network", "", Success.GIVE_BACK)
    home = Counter(PATIENT, "home", "ada", Success.MARK)

    def run() -> bool:
        for round_number in range(8):
            with database.writing() as db:
                states = throttle.look(db, Tries, [ONE, network, home])
                numbers = throttle.take(db, Tries, states, NOW)
                throttle.sweep(db, Tries, NOW + 2 * DAY, most=2)
            with database.writing() as db:
                throttle.forgive(db, Tries, numbers, NOW)
            if round_number % 4 == 0:
                with database.writing() as db:
                    throttle.forgive_about(db, Tries, ["ada", ""])
        return True

    assert together(8, run) == [True] * 8
