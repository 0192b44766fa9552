"""Strangers keep no owner out, however long they guess."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from arware.kit.web.refusals import Refused

from ... import people, tries
from ...caller import Caller
from ...models import EventRow, Throttle
from ...realm import Realm
from ..conftest import find
from ..support import ADA, PASSWORD, START
from .guesses import (
    AWAY,
    DAY,
    HOME,
    attempt,
    fail_until_the_password_is_off,
    gets_in,
    guess,
    reset,
    strange,
)


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


# A hundred in a row


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
    for number in range(36):  # some of which a lock may refuse
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


# Every day of a week


def a_day_of_guesses(realm: Realm, day: int) -> int:
    """
    Let strangers guess twice a minute for a day, from addresses that change.

    Those whose guess is not looked at change nothing, and are left out. Returns the end
    of the day.
    """
    now, end = START + day * DAY, START + (day + 1) * DAY
    about = realm.digest("throttle", f"account {find(realm, ADA).id}")
    asked = select(func.max(Throttle.blocked_until)).where(Throttle.about == about)
    while now <= end:  # one comes just before the owner
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


# Many at once


def test_strangers_at_once_get_no_more_tries_than_one_after_the_other(
    any_realm: Realm,
) -> None:
    """Forty from as many networks: ten are looked at, all alike (RQ-T4, RQ-T8)."""
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
