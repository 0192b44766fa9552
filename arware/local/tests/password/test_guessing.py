"""Guessing gets slow, whatever the guesser does; nobody is locked out for ever."""

from __future__ import annotations

import string
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count

import pytest
from sqlalchemy import delete, event, func, select

from arware.kit.passwords import Passwords
from arware.kit.web.refusals import Refused

from ... import people, proof, tries
from ...caller import Caller
from ...features.password.flow import log_in
from ...login import LoggedIn
from ...models import EventRow, Throttle
from ...realm import Realm
from ...texts import PASSWORD_WRONG
from ..conftest import find
from ..support import ADA, PASSWORD, START, Browser, Clock, submit

HOME, AWAY = "192.0.2.1", "198.51.100.7"
BOB = "bob@example.com"
DAY = 86_400


def attempt(
    realm: Realm,
    now: int = START,
    *,
    email: str = ADA,
    password: str = "wrong",
    ip: str = AWAY,
    device: str = "",
) -> str:
    """Try to log in; return what the browser is known by, or why it was refused."""
    caller = Caller(ip, "", now, device=device)
    try:
        done = log_in(realm, caller, email, password)
    except Refused as refused:
        return refused.reason.word
    assert isinstance(done, LoggedIn)
    return done.device


def gets_in(realm: Realm, now: int = START, **given: str) -> bool:
    """Tell whether the right password works."""
    return len(attempt(realm, now, password=PASSWORD, **given)) > 40


#: Addresses that nobody has had before.
strange = (f"2001:db8:{number:x}::1" for number in count(1))


def guess(realm: Realm, times: int, now: int = START, **given: str) -> None:
    """Let strangers guess, each from an address of its own."""
    for _ in range(times):
        attempt(realm, now, ip=next(strange), **given)


def reset(realm: Realm) -> None:
    """Do what a mailed link does."""
    with realm.writing() as db:
        tries.open_again(realm, db, find(realm, ADA))


# The caller's own tries


def test_after_some_failures_even_the_right_password_has_to_wait(
    realm: Realm,
) -> None:
    """And once the time is over it works."""
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
    """One client that tries many accounts is slowed down, too (stuffing)."""
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
    """All addresses of an IPv6 /64 count together."""
    for number in range(5):
        attempt(realm, ip=f"2001:db8::{number:x}")

    assert attempt(realm, ip="2001:db8::ffff") == "too_many_tries"
    assert gets_in(realm, ip="2001:db8:0:1::1")


def test_who_waits_writes_nothing(realm: Realm) -> None:
    """Two thousand tries in vain leave the rows that were there."""
    for number in range(50):
        attempt(realm, email=f"x{number}@example.com")
    with watching(realm) as statements, realm.reading() as db:
        before = db.scalar(select(func.count()).select_from(Throttle))
        for number in range(2_000):
            word = attempt(realm, email=f"y{number}@example.com")
            assert word == "too_many_tries"
        after = db.scalar(select(func.count()).select_from(Throttle))

    assert before == after
    assert all(text.startswith(("SELECT", "BEGIN")) for text in statements)


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


# Those of strangers


def test_nobody_is_told_of_strangers_tries(realm: Realm) -> None:
    """A wait that others caused looks like a wrong password."""
    guess(realm, 30)

    assert attempt(realm, password=PASSWORD) == "login_failed"


def test_the_owner_is_not_kept_from_a_network_that_is_known(realm: Realm) -> None:
    """In the same /64 the address may be another one."""
    assert gets_in(realm, ip="2001:db8:ffff::1")
    guess(realm, 40)

    assert not gets_in(realm, ip="2001:db9::1")
    assert gets_in(realm, ip="2001:db8:ffff::2")


def test_the_owner_is_not_kept_from_a_browser_that_is_known(realm: Realm) -> None:
    """From whatever network it comes."""
    known = attempt(realm, password=PASSWORD, ip=HOME)
    guess(realm, 40)

    assert not gets_in(realm, ip=AWAY)
    assert gets_in(realm, ip=AWAY, device=known)


def test_a_known_browser_has_no_more_tries_than_others(realm: Realm) -> None:
    """Who steals its cookie can guess as slowly as anybody."""
    known = attempt(realm, password=PASSWORD, ip=HOME)
    words = [attempt(realm, ip=next(strange), device=known) for _ in range(6)]

    assert words == ["login_failed"] * 5 + ["too_many_tries"]


def test_the_browser_of_one_account_is_strange_to_another(realm: Realm) -> None:
    """It does not get around the waits there."""
    realm.add_user(BOB, PASSWORD)
    known = attempt(realm, email=BOB, password=PASSWORD)
    guess(realm, 40)

    assert not gets_in(realm, ip=AWAY, device=known)


def test_a_network_that_is_full_does_not_hold_up_a_known_browser(realm: Realm) -> None:
    """Neighbours who guess at other accounts do not matter to it."""
    known = attempt(realm, password=PASSWORD)
    for number in range(60):
        attempt(realm, email=f"x{number}@example.com")

    assert attempt(realm, password=PASSWORD) == "too_many_tries"
    assert gets_in(realm, device=known)


def test_a_visitor_is_not_held_up_by_strangers(realm: Realm) -> None:
    """Who is logged in and has to prove it again waits for own tries only."""
    done = log_in(realm, Caller(HOME, "", START), ADA, PASSWORD)
    assert isinstance(done, LoggedIn)
    guess(realm, 40)
    caller = Caller(AWAY, "", START, visitor=done.visitor)
    user = find(realm, ADA)
    for _ in range(5):
        with pytest.raises(Refused, match="password_wrong"):
            proof.check_own_password(realm, caller, user, "x", PASSWORD_WRONG, "field")
    with pytest.raises(Refused, match="too_many_tries"):
        proof.check_own_password(realm, caller, user, "x", PASSWORD_WRONG, "field")
    later = replace(caller, now=START + 1)
    proof.check_own_password(realm, later, user, PASSWORD, PASSWORD_WRONG, "field")


# A hundred in a row


def fail_until_the_password_is_off(realm: Realm, now: int = START) -> int:
    """Let strangers guess as often as they can; return when it was off."""
    for number in count():
        guess(realm, 1, now)
        with realm.reading() as db:
            if db.scalar(select(func.max(Throttle.failures))) == 100:
                return now
        now += 3600
        assert number < 100
    raise AssertionError


def test_after_a_hundred_failures_in_a_row_the_password_is_off(realm: Realm) -> None:
    """From wherever, at home and in a known browser, until a mailed link (RQ-T1)."""
    known = attempt(realm, password=PASSWORD, ip=HOME)
    later = fail_until_the_password_is_off(realm) + 300 * DAY

    assert attempt(realm, later, password=PASSWORD, ip=HOME) == "login_failed"
    assert attempt(realm, later, password=PASSWORD, device=known) == "login_failed"
    reset(realm)
    assert gets_in(realm, later)


def test_failures_at_all_places_count_together(realm: Realm) -> None:
    """A thief of the cookie, a neighbour and strangers have a hundred between them."""
    known = attempt(realm, password=PASSWORD, ip=HOME)
    for number in range(33):
        now = START + number * 3600
        attempt(realm, now, device=known)
        attempt(realm, now, ip=HOME)
        attempt(realm, now, ip=next(strange))
    assert gets_in(realm, now + 3600, ip=HOME)
    for number in range(34):
        now = START + 2 * DAY + number * 3600
        attempt(realm, now, device=known)
        attempt(realm, now, ip=HOME)
        attempt(realm, now, ip=next(strange))

    assert not gets_in(realm, now + 3600, ip=HOME)


@pytest.mark.parametrize("has_one", [True, False])
def test_the_owner_is_told_that_the_password_is_off(
    realm: Realm, has_one: bool
) -> None:
    """Once: it is an event, for which there is a mail. Who has none is not told."""
    user = find(realm, ADA)
    if not has_one:
        with realm.writing() as db:
            people.set_password(db, user, None)
    later = fail_until_the_password_is_off(realm)
    guess(realm, 5, later + 3600)
    with realm.reading() as db:
        told = db.scalars(
            select(EventRow.user_id).where(EventRow.type == "user.password.off")
        ).all()

    assert told == [user.id] * has_one


def test_an_operator_ends_all_waits(realm: Realm) -> None:
    """Those of codes, too."""
    later = fail_until_the_password_is_off(realm)
    for number in range(99):
        tries.take(
            realm, Caller(HOME, "", 900 * number), tries.CODES, find(realm, ADA).id
        )

    assert realm.end_waits(ADA)
    assert not realm.end_waits("nobody@example.com")
    assert gets_in(realm, later)
    tries.take(realm, Caller(HOME, "", later), tries.CODES, find(realm, ADA).id)


def a_day_of_guesses(realm: Realm, day: int) -> int:
    """
    Let strangers guess twice a minute for a day, from addresses that change.

    Those whose guess is not looked at change nothing, and are left out. Returns the end
    of the day.
    """
    now, end = START + day * DAY, START + (day + 1) * DAY
    about = realm.digest("throttle", f"account {find(realm, ADA).id}")
    asked = select(func.max(Throttle.blocked_until)).where(Throttle.about == about)
    while now < end:
        guess(realm, 1, now)
        with realm.reading() as db:
            opens = db.scalar(asked) or 0
        now += max(30, -(-(opens - now) // 30) * 30)
    return end


def test_the_owner_gets_in_where_known_on_every_day_of_a_week(realm: Realm) -> None:
    """Whoever logs in once a day does not lose the password to strangers."""
    known = attempt(realm, password=PASSWORD, ip=HOME)
    ways = []
    for day in range(7):
        evening = a_day_of_guesses(realm, day)
        assert not gets_in(realm, evening, ip=next(strange))
        ways.append(gets_in(realm, evening, ip=HOME))
        known = attempt(realm, evening, password=PASSWORD, ip=AWAY, device=known)
        ways.append(len(known) > 40)

    assert ways == [True] * 14


def test_neighbours_and_strangers_together_need_more_than_a_day(realm: Realm) -> None:
    """Also where the owner has logged in from several networks, and all guess."""
    homes = [f"203.0.113.{number}" for number in range(3)]
    assert all(gets_in(realm, ip=ip) for ip in homes)
    user = find(realm, ADA)
    for now in (*range(0, 7200, 60), *range(7200, DAY, 600)):
        for ip in (*homes, next(strange)):
            with suppress(Refused):
                tries.take_password(realm, Caller(ip, "", START + now), user, ADA)
    with realm.reading() as db:
        failures = db.scalars(select(func.max(Throttle.failures))).one()

    assert 80 < failures < tries.MOST_FAILURES


def test_the_owner_gets_in_from_anywhere_on_every_day_of_a_week(realm: Realm) -> None:
    """From a new address it may take a mailed link, which opens at once."""
    mails = 0
    for day in range(7):
        evening = a_day_of_guesses(realm, day)
        if not gets_in(realm, evening, ip=next(strange)):
            mails += 1
            reset(realm)
            assert gets_in(realm, evening, ip=next(strange))

    assert 0 < mails <= 7


def test_the_owner_gets_in_after_a_week_away(realm: Realm) -> None:
    """The password has been off for days, and a mailed link opens it."""
    assert gets_in(realm, ip=HOME)
    for day in range(7):
        evening = a_day_of_guesses(realm, day)

    assert not gets_in(realm, evening, ip=HOME)
    reset(realm)
    assert gets_in(realm, evening, ip=HOME)


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
    tries.sweep(realm, START + DAY - 1)
    attempt(realm, START + DAY, password=PASSWORD, ip=HOME)
    tries.sweep(realm, START + DAY)
    with realm.reading() as db:
        left = list(db.scalars(select(Throttle.failures)))

    # Of each made-up account the failures in a row, where the owner is at home, and how
    # often that network has failed.
    assert sorted(left) == [0, 0, *[1] * 8]


@contextmanager
def watching(realm: Realm) -> Iterator[list[str]]:
    """Note every statement."""
    statements: list[str] = []

    def note(_one: object, _two: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(realm.database.engine, "before_cursor_execute", note)
    yield statements
    event.remove(realm.database.engine, "before_cursor_execute", note)


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


class CountingPasswords(Passwords):
    """A hasher that knows how often it was asked."""

    verified = 0

    def verify(self, stored: str | None, password: str) -> bool:
        self.verified += 1
        return super().verify(stored, password)


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
    """Hashes, queries and writes are those of an account that does not exist."""
    work = []
    for email in ("nobody@example.com", account(realm, case)):
        realm.passwords = hasher = CountingPasswords(cheap=True)
        with watching(realm) as statements:
            word = attempt(realm, email=email, password=password)
        shape = [text.split(" WHERE ")[0] for text in statements]
        work.append((word, hasher.verified, shape))

    assert work[0] == work[1]
    assert work[0][:2] == ("login_failed", 1)


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


def test_strangers_at_once_get_no_more_tries_than_one_after_the_other(
    any_realm: Realm,
) -> None:
    """Forty from as many networks: ten are looked at, and all look the same."""
    realm = any_realm
    start = threading.Barrier(40)
    blocked_ones: list[bool] = []
    user = find(realm, ADA)

    def run(number: int) -> None:
        caller = Caller(f"203.0.113.{number}", "", START)
        start.wait()
        blocked_ones.append(tries.take_password(realm, caller, user, ADA).blocked)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(blocked_ones) == [False] * 10 + [True] * 30
    with realm.reading() as db:
        assert sorted(db.scalars(select(Throttle.failures)))[-2:] == [10, 10]


# The cookie of a known browser


def test_the_cookie_outlives_a_logout(realm: Realm, clock: Clock) -> None:
    """It opens nothing: it is only known who was here."""
    browser = Browser(realm)
    browser.log_in()
    before = browser.cookies["arrealm_device"]
    submit(browser.get("/logout"))
    clock.forward(minutes=1)

    assert browser.cookies["arrealm_device"] == before
    assert browser.get("/profile", status=303).location.startswith(
        "http://127.0.0.1:8001/login"
    )
    browser.log_in()
    assert browser.cookies["arrealm_device"] != before


def test_a_failed_login_gives_no_cookie(realm: Realm) -> None:
    """Strangers are not known."""
    browser = Browser(realm)
    browser.log_in(password="wrong", status=422)

    assert "arrealm_device" not in browser.cookies
