"""Guessing gets slow, whatever the guesser does, and tells nothing."""

from __future__ import annotations

import string
import threading

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ... import people, retention, tries
from ...caller import Caller
from ...models import Throttle, User
from ...realm import Realm
from ..conftest import Make
from ..statements import CountingPasswords, statements
from ..support import ADA, PASSWORD, START, Browser, Clock
from .guesses import (
    BOB,
    DAY,
    HOME,
    attempt,
    fail_until_the_password_is_off,
    gets_in,
    guess,
    strange,
)

# The caller's own tries


def test_after_some_failures_even_the_right_password_has_to_wait(
    realm: Realm,
) -> None:
    """And once the time is over it works (RQ-T2, AK-B14)."""
    for _ in range(5):
        assert attempt(realm) == "login_failed"
    assert attempt(realm, password=PASSWORD) == "too_many_tries"
    assert gets_in(realm, START + 1)


@pytest.mark.parametrize("password", ["wrong", PASSWORD])
@pytest.mark.parametrize("email", [ADA, "nobody@example.com"])
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


def test_a_success_forgives(realm: Realm) -> None:
    """Who mistypes four times and then gets in starts anew."""
    for _ in range(3):
        assert {attempt(realm) for _ in range(4)} == {"login_failed"}
        assert gets_in(realm)


@pytest.mark.parametrize(
    "names", [("eve", "EVE", " eve"), ("eve@example.com", "Eve@Example.COM ")]
)
def test_spellings_of_a_name_count_together(
    realm: Realm, names: tuple[str, ...]
) -> None:
    """Else each would have tries of its own, which cost the owner those of others."""
    realm.add_user("eve@example.com", PASSWORD, username="eve")
    words = [attempt(realm, email=name) for name in names * 3]

    assert words[:6] == ["login_failed"] * 5 + ["too_many_tries"]


def test_many_accounts_do_not_help(realm: Realm) -> None:
    """One client that tries many accounts is slowed down, too (stuffing, RQ-T4)."""
    for number in range(60):
        attempt(realm, email=f"x{number}@example.com")

    assert attempt(realm, password=PASSWORD) == "too_many_tries"
    assert gets_in(realm, ip=HOME)


def test_who_owns_one_account_cannot_guess_at_more_others(realm: Realm) -> None:
    """A success at one's own forgives no failures at those of others."""
    realm.add_user(BOB, PASSWORD)
    for number in range(60):
        attempt(realm, email=f"x{number}@example.com")
        attempt(realm, email=BOB, password=PASSWORD)

    assert attempt(realm, email="x@example.com") == "too_many_tries"


def test_one_household_is_one_client(realm: Realm) -> None:
    """All addresses of an IPv6 /64 count together (RQ-T3)."""
    for number in range(5):
        attempt(realm, ip=f"2001:db8::{number:x}")

    assert attempt(realm, ip="2001:db8::ffff") == "too_many_tries"
    assert gets_in(realm, ip="2001:db8:0:1::1")


def test_who_waits_writes_nothing(realm: Realm) -> None:
    """Two thousand tries in vain leave the rows that were there."""
    for number in range(50):
        attempt(realm, email=f"x{number}@example.com")
    with statements(realm) as asked, realm.reading() as db:
        before = db.scalar(select(func.count()).select_from(Throttle))
        for number in range(2_000):
            word = attempt(realm, email=f"y{number}@example.com")
            assert word == "too_many_tries"
        after = db.scalar(select(func.count()).select_from(Throttle))

    assert before == after
    assert all(text.startswith(("SELECT", "BEGIN")) for text in asked)


def test_without_an_address_nobody_waits_for_others(realm: Realm) -> None:
    """Behind a unix socket all look like one client, and none is held up for it."""
    for number in range(56):
        assert attempt(realm, email=f"x{number}@example.com", ip="") == "login_failed"

    assert gets_in(realm, ip="")


def test_without_an_address_an_account_is_protected(realm: Realm) -> None:
    """Who guesses at one still waits."""
    for _ in range(10):
        attempt(realm, ip="")

    assert attempt(realm, password=PASSWORD, ip="") == "login_failed"
    assert gets_in(realm, START + 1, ip="")


# What does not show


def test_two_names_of_one_account_do_not_show_that_they_are_one(realm: Realm) -> None:
    """The waits that are told go by what was typed."""
    realm.add_user("eve@example.com", PASSWORD, username="eve")
    for _ in range(5):
        attempt(realm, email="eve")

    assert attempt(realm, email="eve") == "too_many_tries"
    assert attempt(realm, email="eve@example.com") == "login_failed"


def test_unknown_accounts_are_counted_like_known_ones(realm: Realm) -> None:
    """The counters do not tell who exists."""
    for email in (ADA, "nobody@example.com"):
        with realm.writing() as db:
            db.execute(delete(Throttle))
        for _ in range(7):
            attempt(realm, email=email)
        with realm.reading() as db:
            counts = sorted(db.scalars(select(Throttle.failures)))

        assert counts == [5, 5, 5, 5]


def test_made_up_accounts_fill_no_table(realm: Realm) -> None:
    """Of what lasts for ever they share a number of rows."""
    for number in range(300):
        ip = f"2001:db8:aaaa:{number:x}::1"
        with realm.reading() as db:
            assert people.by_email(db, f"x{number}@example.com") is None
        caller = Caller(ip, "", START)
        tries.take_password(realm, caller, None, f"x{number}@example.com")
    with realm.reading() as db:
        abouts = set(db.scalars(select(Throttle.about)))
    possible = {
        realm.digest("throttle", f"nobody {number}") for number in range(tries.NOBODIES)
    }

    assert abouts - {""} <= possible


def test_the_counters_hold_no_names(realm: Realm) -> None:
    """Addresses of people and machines are stored as keyed digests only."""
    attempt(realm)
    with realm.reading() as db:
        rows = db.execute(select(Throttle.key, Throttle.about)).all()

    assert len(rows) == 4
    assert all(len(key) == 64 and len(about) in (0, 64) for key, about in rows)
    assert all(set(key + about) <= set(string.hexdigits) for key, about in rows)


def test_what_is_forgotten_goes_away(realm: Realm) -> None:
    """By and by with other tries, or by a job; what does not end stays."""
    for number in range(8):
        attempt(realm, email=f"x{number}@example.com", ip=next(strange))
    retention.purge(realm, START + DAY - 1)
    attempt(realm, START + DAY, password=PASSWORD, ip=HOME)
    retention.purge(realm, START + DAY)
    with realm.reading() as db:
        left = list(db.scalars(select(Throttle.failures)))

    # Of each made-up account the failures in a row, where the owner is at home, and how
    # often that network has failed.
    assert sorted(left) == [0, 0, *[1] * 8]


def account(realm: Realm, case: str) -> str:
    """Return the address of an account that is in the state *case*."""
    if case == "disabled":
        realm.set_user_state(ADA, "inactive")
    elif case == "without a password":
        realm.add_user("eve@example.com")
        return "eve@example.com"
    elif case == "blocked":
        guess(realm, 25)
    elif case == "blocked, and at home here":
        assert gets_in(realm)
        guess(realm, 25)
    elif case == "off":
        fail_until_the_password_is_off(realm, START - 100 * DAY)
    return ADA


@pytest.mark.parametrize(
    ("case", "password"),
    [
        ("known", "wrong"),
        ("disabled", "wrong"),
        ("disabled", PASSWORD),
        ("without a password", PASSWORD),
        ("blocked", "wrong"),
        ("blocked", PASSWORD),
        ("blocked, and at home here", "wrong"),
        ("off", "wrong"),
        ("off", PASSWORD),
    ],
)
def test_every_refusal_costs_the_same_work(
    realm: Realm, case: str, password: str
) -> None:
    """Hashes, queries, writes are those for nobody's account (AK-B05, RQ-H5)."""
    work = []
    for email in ("nobody@example.com", account(realm, case)):
        realm.passwords = hasher = CountingPasswords(cheap=True)
        with statements(realm) as asked:
            word = attempt(realm, email=email, password=password)
        shape = [text.split(" WHERE ")[0] for text in asked]
        work.append((word, hasher.count, shape))

    assert work[0] == work[1]
    assert work[0][:2] == ("login_failed", 1)


@pytest.mark.parametrize("hashed", [(), ("0", "V")])
def test_names_of_nobody_cost_what_those_of_users_do(
    make: Make, database_url: str, hashed: tuple[str, ...]
) -> None:
    """Where hashes come from elsewhere the work would tell whose there are (RQ-E1)."""
    realm = make(database_url)
    foreign: set[str | None] = {f"pbkdf2_sha256$1${place}$AAAA" for place in hashed}
    with realm.writing() as db:
        for place, stored in zip(hashed, foreign, strict=True):
            add(db, place, stored)
        for place in ("1", "W", "z"):
            add(db, place, None)
    names = [f"x{number}@example.com" for number in range(20)]
    names.append("z@example.com")  # who has no password
    work = []
    for _ in range(2):
        realm.passwords = hasher = CountingPasswords(cheap=True)
        assert {attempt(realm, email=name) for name in names} == {"login_failed"}
        work.append(hasher.verified)

    assert set(work[0]) == (foreign or {None})
    assert work[0] == work[1]


def add(db: Session, place: str, stored: str | None) -> None:
    """Add a user whose id is in a certain place among the others."""
    email, user_id = f"{place}@example.com", f"usr_{place * 22}"
    db.add(User(id=user_id, email=email, password_hash=stored, created_at=START))


# Many at once


def test_many_at_once_get_no_more_tries_than_one_after_the_other(
    any_realm: Realm,
) -> None:
    """Forty guesses at the same instant: five are looked at, as in a row."""
    realm = any_realm
    start = threading.Barrier(40)
    words: list[str] = []

    def run() -> None:
        start.wait()
        words.append(attempt(realm))

    threads = [threading.Thread(target=run) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert words.count("login_failed") == 5
    assert words.count("too_many_tries") == 35
    with realm.reading() as db:
        assert set(db.scalars(select(Throttle.failures))) == {5}
