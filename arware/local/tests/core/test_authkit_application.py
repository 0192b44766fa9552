"""AK-X01: what Authkit's examples say of an application's controller, one by one."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import select

from ... import current
from ...current import ANONYMOUS, Current
from ...models import LoginSession
from ...realm import Realm
from ..conftest import find
from ..support import (
    ADA,
    APPLICATION,
    PASSWORD,
    Browser,
    Clock,
    cookie_of,
    member,
    need,
    needs,
    submit,
)

pytestmark = needs("password")

JSON = {"Accept": "application/json"}


def who(realm: Realm, browser: Browser) -> Current:
    """Return whom an application sees in a browser."""
    return current.find(realm, browser.cookies.get("arrealm", ""))


def rows(realm: Realm) -> list[LoginSession]:
    """Return the sessions, in their order."""
    with realm.reading() as db:
        return list(db.scalars(select(LoginSession).order_by(LoginSession.created_at)))


def log_in(browser: Browser, **fields: Any) -> Any:
    """Log in through the form."""
    page = browser.get("/login?prompt=login")
    return submit(page, email=ADA, password=PASSWORD, **fields)


def log_out(browser: Browser) -> None:
    """Log out."""
    browser.get("/logout", 303, **{"Sec-Fetch-Site": "same-origin"})


# The current user and session.


def test_ak_x01_1_nobody_is_the_user_without_a_login(
    realm: Realm, browser: Browser
) -> None:
    """There is no user."""
    assert who(realm, browser).user is None


def test_ak_x01_2_nobody_has_a_session_without_a_login(
    realm: Realm, browser: Browser
) -> None:
    """There is no session."""
    assert who(realm, browser) is ANONYMOUS


def test_ak_x01_3_a_session_is_found_by_its_id(realm: Realm) -> None:
    """As an application in another process asks for it (AK-S02)."""
    ada = member(realm)

    assert realm.is_session_active(ada.session.id)
    assert not realm.is_session_active("kss_0000000000000000000000")


def test_ak_x01_4_a_session_is_found_by_the_remembering_cookie(realm: Realm) -> None:
    """Of a browser that was closed nothing else is left (AK-S02)."""
    need("remember")
    browser, again = Browser(realm), Browser(realm)
    log_in(browser, remember=True)
    (kept,) = (one for one in browser.app.cookiejar if one.name == "arrealm")
    again.app.cookiejar.set_cookie(cookie_of("arrealm", kept.value))

    assert kept.expires is not None
    assert who(realm, again) == who(realm, browser)


def test_ak_x01_5_the_zone_of_the_user_is_known(realm: Realm, browser: Browser) -> None:
    """To the application, with what else it is told of the user."""
    with realm.writing() as db:
        db.merge(find(realm, ADA)).custom = {"time_zone": "Asia/Tokyo"}
    log_in(browser)
    user = who(realm, browser).user

    assert user is not None
    assert user.custom == {"time_zone": "Asia/Tokyo"}


# Whether somebody is logged in.


def test_ak_x01_6_who_has_a_session_is_logged_in(
    realm: Realm, browser: Browser
) -> None:
    """The application knows as whom (AK-F41)."""
    log_in(browser)
    user = who(realm, browser).user

    assert user is not None
    assert user.email == ADA


def test_ak_x01_7_who_has_none_is_not(realm: Realm, browser: Browser) -> None:
    """Nor who brings a cookie that was made up."""
    browser.app.cookiejar.set_cookie(cookie_of("arrealm", "x" * 43))

    assert who(realm, browser) == ANONYMOUS


# Whether people are tracked.


@pytest.mark.parametrize(
    ("number", "header", "tracked"),
    [(8, {}, True), (9, {"HTTP_DNT": "1"}, False), (10, {"HTTP_DNT": "0"}, True)],
)
def test_ak_x01_8_to_10_nobody_is_tracked_who_does_not_want_it(
    realm: Realm, number: int, header: dict[str, str], tracked: bool
) -> None:
    """The header off, on, and saying no."""
    need("tracking")
    from ...features.tracking.models import SignIns

    browser = Browser(realm, {"HTTP_ACCEPT": "text/html", **header})
    log_in(browser)
    with realm.reading() as db:
        row = db.get(SignIns, find(realm, ADA).id)

    assert (row is not None and row.sign_in_count == 1) is tracked, number


# A page that needs a login.


@needs("account")
def test_ak_x01_11_it_lets_in_who_is_logged_in(browser: Browser) -> None:
    """Without a word."""
    log_in(browser)

    assert "Your profile" in browser.get("/profile")


@needs("account")
def test_ak_x01_12_it_remembers_where_somebody_wanted_to_go(browser: Browser) -> None:
    """In the address of the login."""
    answer = browser.get("/profile", 303)

    assert unquote(answer.location).endswith("/login?then=/profile")


@needs("account")
def test_ak_x01_13_it_says_what_to_do(browser: Browser) -> None:
    """On the page that it leads to."""
    assert "Log in" in browser.get("/profile", 303).follow().html.h1.text


@needs("account")
def test_ak_x01_14_it_leads_others_to_the_login(browser: Browser) -> None:
    """By a redirect (AK-S07)."""
    assert "/login" in browser.get("/profile", 303).location


@needs("account")
def test_ak_x01_15_it_tells_a_program_so(browser: Browser) -> None:
    """By 403 and a stable word (AK-H03)."""
    answer = browser.get("/profile", 403, **JSON)

    assert answer.json["reasons"] == {"": ["login_required"]}


# Logging in.


def test_ak_x01_16_a_login_is_noted(realm: Realm, browser: Browser) -> None:
    """With its time."""
    log_in(browser)

    assert find(realm, ADA).last_login_at == realm.now


def test_ak_x01_17_a_login_adds_a_session(realm: Realm, browser: Browser) -> None:
    """Of the user, with address and browser (AK-S01)."""
    log_in(browser)
    (session,) = rows(realm)

    assert session.user_id == find(realm, ADA).id
    assert session.ip == "192.0.2.1"


@pytest.mark.parametrize(("number", "remember"), [(18, True), (19, False)])
def test_ak_x01_18_and_19_a_login_sets_a_lasting_cookie_if_asked(
    browser: Browser, number: int, remember: bool
) -> None:
    """And one that ends with the browser if not."""
    need("remember")
    log_in(browser, remember=remember)
    (kept,) = (one for one in browser.app.cookiejar if one.name == "arrealm")

    assert (kept.expires is not None) is remember, number


def test_ak_x01_20_a_login_takes_nothing_over(realm: Realm, browser: Browser) -> None:
    """The session of before is over, its cookie worth nothing (AK-S01, RQ-S1)."""
    log_in(browser)
    before = browser.cookies["arrealm"]
    log_in(browser)

    assert browser.cookies["arrealm"] != before
    assert current.find(realm, before) is ANONYMOUS


# Logging out.


def test_ak_x01_21_a_logout_takes_the_cookie_away(browser: Browser) -> None:
    """The browser has no session any more."""
    log_in(browser)
    log_out(browser)

    assert not browser.is_logged_in


def test_ak_x01_22_a_logout_marks_the_session(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """With its time; nobody is there from then on (AK-F07)."""
    log_in(browser)
    clock.forward(minutes=1)
    log_out(browser)
    (session,) = rows(realm)

    assert session.ended_at == realm.now
    assert who(realm, browser).user is None


def test_ak_x01_23_the_cookie_is_the_sessions(realm: Realm, browser: Browser) -> None:
    """Where Authkit keeps the token as it is, here is a keyed digest (AK-B07)."""
    log_in(browser)
    (session,) = rows(realm)

    assert session.digest == realm.digest("session", browser.cookies["arrealm"])
    assert session.digest != browser.cookies["arrealm"]


@pytest.mark.parametrize(
    ("wanted", "place"), [("", APPLICATION), (f"{APPLICATION}x", f"{APPLICATION}x")]
)
def test_ak_x01_24_a_login_leads_where_somebody_wanted_to_go(
    browser: Browser, wanted: str, place: str
) -> None:
    """Or to the application, where they wanted nothing (AK-F08, AK-R18)."""
    page = browser.get(f"/login?redirect_uri={wanted}")
    answer = submit(page, email=ADA, password=PASSWORD)

    assert answer.location.partition("?")[0] == place
