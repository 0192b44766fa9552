"""Staying logged in: for how long, in whose browser, and never without a factor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from arware.kit.web.joining import Joined, Phase, Step

from ... import app, factors, login, people
from ...features.remember.settings import Remember
from ...login import LoggedIn, Pending
from ...models import LoginSession, PendingLogin
from ...realm import Realm
from ..conftest import Make, with_ada
from ..support import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    Clock,
    caller_at,
    need,
    settings,
    submit,
)

HOUR, DAY = 3600, 86_400


class Coded(Realm):
    """A realm whose logins ask for a code."""

    @property
    def joined(self) -> Joined:
        """All features, and the step."""
        step = Step("code", Phase.FACTOR, "code", lambda _r, _d, _u, p: is_single(p))
        return replace(app.joined(), steps=[step])


def is_single(pending: PendingLogin) -> bool:
    """Tell whether there was one proof only."""
    return factors.is_needed(pending)


@pytest.fixture
def coded(database_url: str, clock: Clock) -> Iterator[Realm]:
    """Return a realm whose logins ask for a code, on each kind of database."""
    with Coded(settings(database_url, clock=clock), migrate=True) as realm:
        yield with_ada(realm)


def begin(realm: Realm, *ticked: str) -> LoggedIn | Pending:
    """Show the first proof of Ada, with boxes *ticked*."""
    caller = caller_at(realm.now, ticked=frozenset(ticked))
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        return login.finish(realm, db, caller, user, "password")


def session_of(done: LoggedIn | Pending) -> LoginSession:
    """Return the session of a login that is finished."""
    assert isinstance(done, LoggedIn)
    return done.visitor.session


def lifetimes(realm: Realm, session: LoginSession) -> tuple[int, int, bool]:
    """Return how long a new session lasts, used and unused, and with the browser."""
    return session.expires_at - realm.now, session.idle_seconds, session.remembered


@pytest.mark.parametrize(
    ("ticked", "expected"),
    [
        ((), (DAY, 2 * HOUR, False)),
        (("terms",), (DAY, 2 * HOUR, False)),
        (("remember",), (30 * DAY, 14 * DAY, True)),
    ],
)
def test_rq_s2_whoever_ticks_the_box_stays_longer(
    any_realm: Realm, ticked: tuple[str, ...], expected: tuple[int, int, bool]
) -> None:
    """30 days, 14 without coming back; anybody else a day and two hours."""
    session = session_of(begin(any_realm, *ticked))

    assert lifetimes(any_realm, session) == expected


def test_rq_s3_it_stands_in_for_no_second_factor(coded: Realm) -> None:
    """Who has one is asked for it, and logged in for a day, an hour without use."""
    pending = begin(coded, "remember")
    assert isinstance(pending, Pending)
    with coded.writing() as db:
        caller = caller_at(coded.now)
        done = login.go_on(coded, db, caller, pending.cookie, "code", "totp")

    assert lifetimes(coded, session_of(done)) == (DAY, HOUR, True)


@pytest.mark.parametrize(
    ("ticked", "away", "stays"),
    [
        (True, 13, True),
        (True, 15, False),
        (False, 0.05, True),
        (False, 0.1, False),
    ],
)
def test_rq_s2_who_does_not_come_back_is_logged_out(
    realm: Realm, clock: Clock, ticked: bool, away: float, stays: bool
) -> None:
    """AK-S05, AK-N21: the server decides after how long, whatever the cookie says."""
    done = begin(realm, *(["remember"] if ticked else []))
    clock.forward(seconds=away * DAY)

    assert realm.is_session_active(session_of(done).id) is stays


def test_rq_s2_using_it_prolongs_nothing(realm: Realm, clock: Clock) -> None:
    """Who comes each day is asked to log in again after 30."""
    session_id = session_of(begin(realm, "remember")).id
    days = 0
    while realm.is_session_active(session_id):
        days += 1
        clock.forward(seconds=DAY)

    assert days == 30


# In the browser.


def cookie_set(answer: Any) -> str:
    """Return the cookie of the session that an answer sets."""
    given = answer.headers.getall("Set-Cookie")
    (found,) = (text for text in given if text.startswith("arrealm="))
    return str(found)


def log_in(browser: Browser, **fields: Any) -> Any:
    """Log in through the form."""
    need("password")
    page = browser.get("/login?prompt=login")
    return submit(page, email=ADA, password=PASSWORD, **fields)


def sign_up(browser: Browser, **fields: Any) -> Any:
    """Sign up through the form."""
    return browser.sign_up(**fields)


@pytest.mark.parametrize("enter", [log_in, sign_up])
def test_ak_f17_the_cookie_outlives_the_browser_only_then(
    browser: Browser, enter: Any
) -> None:
    """AK-T01, AK-S06, AK-B08: no script reads it, no other site sends it, it ends."""
    short = cookie_set(enter(browser))
    other = Browser(browser.realm)
    again = {"email": "grace@example.com"} if enter is sign_up else {}
    long = cookie_set(enter(other, remember=True, **again))

    assert "Max-Age" not in short
    assert "expires" not in short.lower()
    assert f"Max-Age={30 * DAY};" in long
    for cookie in (short, long):
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie


def by_code(browser: Browser) -> Any:
    """Log in as far as the form for the code in a mail, and fill it in."""
    from ..magic_link.journeys import ask, code_in_mail

    page = ask(browser).follow()
    page.form["code"] = code_in_mail(browser.realm)
    return page


def by_link(browser: Browser) -> Any:
    """Log in as far as the button that a mail leads to."""
    from ..magic_link.journeys import ask, open_link
    from ..mailbox import last_link

    ask(browser)
    return open_link(browser, last_link(browser.realm))


@pytest.mark.parametrize("way", [by_code, by_link])
@pytest.mark.parametrize("ticked", [True, False])
def test_who_logs_in_by_mail_is_remembered_if_they_want(
    make: Make, way: Any, ticked: bool
) -> None:
    """The box is at the form that logs in."""
    need("magic_link")
    page = way(Browser(with_ada(make(**{"magic_link.enabled": True}))))
    done = submit(page, remember=ticked)

    assert ("Max-Age" in cookie_set(done)) is ticked


def test_a_new_cookie_of_the_session_lasts_as_long(
    browser: Browser, clock: Clock
) -> None:
    """Changing the password logs nobody out who wanted to stay."""
    log_in(browser, remember=True)
    clock.forward(seconds=60)
    fields = {"current_password": PASSWORD, "new_password": OTHER_PASSWORD}
    changed = browser.send("/profile/password", **fields)

    assert f"Max-Age={30 * DAY - 60};" in cookie_set(changed)


@pytest.mark.parametrize("ticked", [True, False])
def test_ak_d05_the_box_may_be_ticked_at_first(make: Make, ticked: bool) -> None:
    """And stays as it was left where the form is drawn again."""
    need("password")
    browser = Browser(with_ada(make(remember=Remember(ticked=ticked))))
    page = browser.get("/login")
    at_first = page.form["remember"].checked
    again = submit(page, email=ADA, password="wrong", remember=not ticked, status=422)

    assert at_first is ticked
    assert again.form["remember"].checked is not ticked


def test_a_program_ticks_it_too(browser: Browser) -> None:
    """By a JSON that says so."""
    need("password")
    values = {"email": ADA, "password": PASSWORD, "remember": True}
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = browser.app.post_json("/login", values, headers=headers, status=204)

    assert "Max-Age" in cookie_set(answer)


def test_its_days_can_be_set(make: Make) -> None:
    """Fewer of both, where a team wants that."""
    realm = with_ada(make(**{"remember.days": 7, "remember.idle_days": 9}))

    session = session_of(begin(realm, "remember"))

    assert lifetimes(realm, session) == (7 * DAY, 7 * DAY, True)
