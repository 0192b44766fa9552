"""Guessing gets slow, whatever the guesser does; nobody is locked out for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import delete, event, func, select

from arware.kit.throttle import (
    ACCOUNT,
    DAY,
    PAIR,
    Counted,
    Limit,
    forgive,
    take,
)
from arware.kit.web.refusals import Refused
from arware.local import Realm
from arware.local.caller import Caller
from arware.local.features.password.flow import log_in
from arware.local.models import Throttle
from arware.local.texts import english, too_many_tries
from tests.local.support import PASSWORD, START, Browser, Clock

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t73

HOME, AWAY = "192.0.2.1", "198.51.100.7"


def attempt(
    realm: Realm,
    now: int,
    *,
    email: str = "ada@example.com",
    password: str = "wrong",
    ip: str = AWAY,
) -> bool:
    """Try to log in; tell whether it worked."""
    try:
        log_in(realm, Caller(ip, "", now), email, password)
    except Refused:
        return False
    return True


@pytest.mark.parametrize(
    ("limit", "failures", "delay"),
    [
        (PAIR, 4, 0),
        (PAIR, 5, 1),
        (PAIR, 6, 2),
        (PAIR, 10, 32),
        (PAIR, 15, 900),
        (PAIR, 10_000, 900),
        (ACCOUNT, 19, 0),
        (ACCOUNT, 99, 900),
        (ACCOUNT, 100, DAY),
    ],
)
def test_delays_grow_and_are_bounded(limit: Limit, failures: int, delay: int) -> None:
    """Free at first, then doubling to a quarter of an hour."""
    assert limit.delay(failures) == delay


def test_after_some_failures_even_the_right_password_has_to_wait(
    realm: Realm,
) -> None:
    """And once the time is over it works."""
    assert not any(attempt(realm, START) for _ in range(6))
    assert not attempt(realm, START, password=PASSWORD)
    assert attempt(realm, START + 2, password=PASSWORD)


@pytest.mark.parametrize(
    ("seconds", "words", "wait"),
    [
        (1, "in a few seconds", 10),
        (10, "in a few seconds", 10),
        (11, "in a minute", 60),
        (60, "in a minute", 60),
        (61, "in 2 minutes", 120),
        (900, "in 15 minutes", 900),
    ],
)
def test_a_waiting_time_is_rounded_up(seconds: int, words: str, wait: int) -> None:
    """Whoever waits for so long does not wait in vain."""
    refused = too_many_tries(seconds, "password")

    assert english(refused) == f"Too many attempts. Try again {words}."
    assert (refused.wait, refused.field) == (wait, "password")


@pytest.mark.parametrize("password", ["wrong", PASSWORD])
@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_who_tries_too_often_is_told_how_long_to_wait(
    realm: Realm, clock: Clock, email: str, password: str
) -> None:
    """The same words whether the password is right and the account exists."""
    browser = Browser(realm)
    for _ in range(10):
        clock.forward(minutes=1)
        browser.log_in(email, "wrong", status=422)
    answer = browser.log_in(email, password, status=429)

    assert "Too many attempts. Try again in a minute." in answer.text
    assert answer.headers["Retry-After"] == "60"
    assert "password is wrong" not in answer.text


def test_nobody_is_told_of_strangers_tries(realm: Realm) -> None:
    """A wait that others caused looks like a wrong password."""
    for number in range(30):
        attempt(realm, START, ip=f"203.0.113.{number}")
    caller = Caller("203.0.113.250", "", START)

    with pytest.raises(Refused, match="login_failed"):
        log_in(realm, caller, "ada@example.com", PASSWORD)


def test_a_success_forgives(realm: Realm) -> None:
    """Who mistypes four times and then gets in starts anew."""
    for _ in range(3):
        assert not any(attempt(realm, START) for _ in range(4))
        assert attempt(realm, START, password=PASSWORD)


def test_the_owner_at_home_is_not_locked_out(realm: Realm) -> None:
    """Failures from everywhere do not count where the owner has logged in before."""
    attempt(realm, START, password=PASSWORD, ip=HOME)
    for number in range(30):
        attempt(realm, START, ip=f"203.0.113.{number}")

    assert not attempt(realm, START, password=PASSWORD, ip="203.0.113.250")
    assert attempt(realm, START, password=PASSWORD, ip=HOME)


def test_many_addresses_do_not_help(realm: Realm) -> None:
    """A crowd that tries every five minutes gets 100 tries, and then none for a day."""
    counted = [Counted(ACCOUNT, "x" * 64)]
    with realm.writing() as database:
        tries = [
            minute
            for minute in range(0, 3 * 24 * 60, 5)
            if take(database, Throttle, counted, START + 60 * minute) == 0
        ]
    first_day = [minute for minute in tries if minute < tries[0] + 24 * 60]

    assert len(first_day) <= 100
    assert tries[100] - tries[99] >= 24 * 60


def test_many_accounts_do_not_help(realm: Realm) -> None:
    """One client that tries many accounts is slowed down, too (stuffing)."""
    for number in range(60):
        attempt(realm, START, email=f"x{number}@example.com")

    assert not attempt(realm, START, password=PASSWORD)
    assert attempt(realm, START, password=PASSWORD, ip=HOME)


def test_one_household_is_one_client(realm: Realm) -> None:
    """All addresses of an IPv6 /64 count together."""
    for number in range(6):
        attempt(realm, START, ip=f"2001:db8::{number:x}")

    assert not attempt(realm, START, password=PASSWORD, ip="2001:db8::ffff")
    assert attempt(realm, START, password=PASSWORD, ip="2001:db8:0:1::1")


def test_unknown_accounts_are_counted_like_known_ones(realm: Realm) -> None:
    """The counters do not tell who exists."""
    for email in ("ada@example.com", "nobody@example.com"):
        with realm.writing() as database:
            database.execute(delete(Throttle))
        for _ in range(7):
            attempt(realm, START, email=email)
        with realm.reading() as database:
            counts = sorted(database.scalars(select(Throttle.failures)))

        assert counts == [5, 5, 5]


def test_the_counters_hold_no_names(realm: Realm) -> None:
    """Addresses of people and machines are stored as keyed digests only."""
    attempt(realm, START)
    with realm.reading() as database:
        keys = list(database.scalars(select(Throttle.key)))

    assert len(keys) == 3
    assert all(len(key) == 64 and "ada" not in key for key in keys)


def test_a_slow_request_is_not_taken_for_a_hasty_one(realm: Realm) -> None:
    """One that began before another's second, and comes after it, is not refused."""
    counted = [Counted(PAIR, "x" * 64)]
    with realm.writing() as database:
        assert take(database, Throttle, counted, START) == 0
        assert take(database, Throttle, counted, START - 1) == 0


def test_a_clock_that_was_ahead_locks_nobody_out(realm: Realm) -> None:
    """When it goes back, the wait is what it was, and not the years in between."""
    ahead = START + 365 * DAY
    assert not any(attempt(realm, ahead) for _ in range(6))
    assert not attempt(realm, START, password=PASSWORD)
    assert attempt(realm, START + 2, password=PASSWORD)


def test_a_counter_that_is_forgiven_meanwhile(
    make: Callable[..., Realm], database_url: str
) -> None:
    """Logins of one person in several tabs at once break nothing."""
    realm = make(database=database_url)
    counted = [Counted(PAIR, "x" * 64), Counted(ACCOUNT, "y" * 64)]
    finished: list[bool] = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        for _ in range(60):
            with realm.writing() as database:
                take(database, Throttle, counted, START)
            with realm.writing() as database:
                forgive(database, Throttle, counted)
        finished.append(True)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(finished) == 8


def test_who_exists_does_not_show_in_the_number_of_questions(realm: Realm) -> None:
    """Known or unknown, wrong or throttled: the database is asked as often."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(realm.database.engine, "before_cursor_execute", note)
    counts = []
    for email in ("ada@example.com", "nobody@example.com"):
        with realm.writing() as database:
            database.execute(delete(Throttle))
        asked.clear()
        for _ in range(7):
            attempt(realm, START, email=email)
        # The rows' order decides how many of them one statement writes.
        counts.append(sum(text.startswith("SELECT") for text in asked))

    assert counts[0] == counts[1]


def test_failures_are_forgotten_after_a_day(realm: Realm) -> None:
    """A counter that nobody feeds starts anew, and its row goes away."""
    for _ in range(5):
        attempt(realm, START)
    attempt(realm, START + DAY, password=PASSWORD, ip=HOME)
    with realm.reading() as database:
        left = database.scalar(select(func.count()).select_from(Throttle))

    assert left == 1


def test_many_at_once_get_no_more_tries_than_one_after_the_other(
    make: Callable[..., Realm], database_url: str
) -> None:
    """Forty guesses at the same instant: five are looked at, as in a row."""
    realm = make(database=database_url)
    taken: list[int] = []
    start = threading.Barrier(40)
    keys = [
        Counted(limit, realm.digest("throttle", limit.purpose))
        for limit in (PAIR, ACCOUNT)
    ]

    def run() -> None:
        start.wait()
        with realm.writing() as database:
            taken.append(take(database, Throttle, keys, START))

    threads = [threading.Thread(target=run) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert taken.count(0) == 5
    assert len(taken) == 40
