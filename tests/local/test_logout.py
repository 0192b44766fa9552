"""``/logout`` ends a session for whom it is meant, and asks in case of doubt."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from arware.local import Realm
from arware.local.models import LoginSession
from tests.local.conftest import with_people
from tests.local.support import APP, PASSWORD, URL, Browser, Clock, claims_in, submit


@pytest.fixture
def realm(lasting_realm: Realm) -> Realm:
    """Share one realm: nothing here changes its users."""
    return lasting_realm


def session_of(browser: Browser) -> str:
    """Return the id of the browser's session."""
    return str(claims_in(browser.get("/login", 303).location)["sid"])


def test_an_application_logs_out(realm: Realm, browser: Browser) -> None:
    """The protocol's GET with the session's id ends it and goes back, tokenless."""
    sid = claims_in(browser.log_in().location)["sid"]
    url = f"/logout?redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fbye&session={sid}"
    answer = browser.get(url, 303, **{"Sec-Fetch-Site": "cross-site"})

    assert answer.location == f"{APP}bye"
    assert not realm.is_session_active(sid)
    assert "arrealm" not in browser.cookies
    assert browser.get("/login").form["email"]


@pytest.mark.parametrize(
    ("asked", "location"),
    [
        ("", f"{URL}/login"),
        (f"?redirect_uri={APP}%3Ftoken%3Dx", APP),
        (f"?redirect_uri={APP}%3Fa%3D1", f"{APP}?a=1"),
    ],
)
def test_where_a_logout_leads(browser: Browser, asked: str, location: str) -> None:
    """To an allowed redirect_uri without any token, or else to the login page."""
    browser.log_in()
    answer = browser.get(f"/logout{asked}", 303, **{"Sec-Fetch-Site": "same-origin"})

    assert answer.location == location
    assert browser.get("/login").form["email"]


@pytest.mark.parametrize("asked", ["https://evil.example/", "//evil.example/"])
def test_a_logout_that_may_not_lead_there_is_a_logout(
    browser: Browser, asked: str
) -> None:
    """Whoever wants to be logged out is, and is told about the address afterwards."""
    browser.log_in()
    url = f"/logout?redirect_uri={asked}"
    browser.get(url, 400, **{"Sec-Fetch-Site": "same-origin"})

    assert browser.get("/login").form["email"]


@pytest.mark.parametrize(
    "query", ["", "?session=", "?session=kss_0000000000000000000000", "?session=x'"]
)
@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_a_strangers_link_only_asks(
    browser: Browser, query: str, site: str | None
) -> None:
    """Who does not know the session gets a page with a button; nothing ends."""
    browser.log_in()
    headers = {} if site is None else {"Sec-Fetch-Site": site}
    page = browser.get(f"/logout{query}", 200, **headers)

    assert "Log out?" in page.text
    assert session_of(browser)
    assert submit(page).location == f"{URL}/login"
    assert browser.get("/login").form["email"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"Purpose": "Prefetch"},
        {"X-Moz": "prefetch"},
        {"X-Sec-Purpose": "prefetch"},
        {"X-Purpose": "preview"},
        {"HX-Preloaded": "true"},
        {"Sec-Purpose": "prerender"},
    ],
)
@pytest.mark.parametrize("path", ["/logout", "/logout?session=", "/login", "/accounts"])
def test_f4_a_prefetch_does_nothing(
    browser: Browser, headers: dict[str, str], path: str
) -> None:
    """A hovered link neither logs out nor fetches a token, however it is marked."""
    sid = claims_in(browser.log_in().location)["sid"]
    path += sid if path.endswith("=") else ""
    answer = browser.get(path, 503, **headers, **{"Sec-Fetch-Site": "same-origin"})

    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert session_of(browser) == sid


EMBEDDED = [
    {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"},
    {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"},
    {"Sec-Fetch-Dest": "script"},
]


@pytest.mark.parametrize("headers", EMBEDDED)
@pytest.mark.parametrize("site", ["same-origin", "same-site", "cross-site"])
@pytest.mark.parametrize("query", ["", "?session="])
def test_f4_what_is_embedded_in_a_page_logs_nobody_out(
    browser: Browser, headers: dict[str, str], site: str, query: str
) -> None:
    """An image or a frame, also in our own pages, gets the question."""
    sid = claims_in(browser.log_in().location)["sid"]
    query += sid if query else ""
    page = browser.get(f"/logout{query}", 200, **headers, **{"Sec-Fetch-Site": site})

    assert "Log out?" in page.text
    assert "Set-Cookie" not in page.headers
    assert session_of(browser) == sid


@pytest.mark.parametrize("headers", EMBEDDED)
def test_f4_an_image_does_not_end_a_session_that_it_names(
    realm: Realm, headers: dict[str, str]
) -> None:
    """Also in a browser without a session, where a document would."""
    sid = claims_in(Browser(realm).log_in().location)["sid"]
    Browser(realm).get(f"/logout?session={sid}", 200, **headers)

    assert realm.is_session_active(sid)


@pytest.mark.parametrize("headers", EMBEDDED)
@pytest.mark.parametrize("path", ["/login", "/login?account=", "/signup", "/accounts"])
def test_f4_what_is_embedded_in_a_page_gets_no_token(
    browser: Browser, headers: dict[str, str], path: str
) -> None:
    """An image cannot log in, nor choose an organization, for who is logged in here."""
    browser.log_in()
    answer = browser.get(path, 403, **headers, **{"Sec-Fetch-Site": "same-site"})

    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_f4_a_page_of_ours_logs_out(browser: Browser, site: str) -> None:
    """A link that somebody follows, or an address that somebody types."""
    headers = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}
    sid = claims_in(browser.log_in().location)["sid"]
    browser.get("/logout", 303, **headers, **{"Sec-Fetch-Site": site})

    assert browser.get("/login").form["email"]
    assert sid


@pytest.mark.parametrize("query", ["", "?session="])
def test_a_head_request_ends_nothing(browser: Browser, query: str) -> None:
    """It asks where a logout leads."""
    sid = claims_in(browser.log_in().location)["sid"]
    query += sid if query else ""
    headers = {"Sec-Fetch-Site": "none"}
    answer = browser.app.head(f"/logout{query}", headers=headers, status=303)

    assert answer.location == f"{URL}/login"
    assert "Set-Cookie" not in answer.headers
    assert session_of(browser) == sid


def test_a_head_request_gets_no_token(browser: Browser) -> None:
    """It asks where a login leads."""
    browser.log_in()

    assert browser.app.head("/login", status=303).location == APP


def test_another_persons_session_id_only_asks(realm: Realm, browser: Browser) -> None:
    """A known id of somebody else's session proves nothing about this browser."""
    browser.log_in()
    realm.add_user("eve@example.com", PASSWORD)
    stranger = claims_in(Browser(realm).log_in("eve@example.com").location)
    headers = {"Sec-Fetch-Site": "cross-site"}

    assert "Log out?" in browser.get("/logout?session=" + stranger["sid"], **headers)
    assert realm.is_session_active(stranger["sid"])


def test_a_replaced_session_of_the_same_person_counts(
    realm: Realm, browser: Browser
) -> None:
    """An application that still holds the token before the last logs out, too."""
    old = claims_in(browser.log_in().location)["sid"]
    new = claims_in(browser.log_in().location)["sid"]
    browser.get(f"/logout?session={old}", 303, **{"Sec-Fetch-Site": "cross-site"})

    assert not realm.is_session_active(new)


def test_a_browser_without_a_session_ends_the_one_it_names(realm: Realm) -> None:
    """Who names a session and has none has it from one of its tokens."""
    sid = claims_in(Browser(realm).log_in().location)["sid"]
    answer = Browser(realm).get(f"/logout?session={sid}&redirect_uri={APP}", 303)

    assert answer.location == APP
    assert not realm.is_session_active(sid)


def test_the_login_page_says_that_one_has_been_logged_out(browser: Browser) -> None:
    """Once, to somebody who is; the words are ours, whatever the address says."""
    browser.log_in()
    page = submit(browser.get("/logout"), status=303).follow()
    failed = submit(page, email="ada@example.com", password="wrong", status=422)

    assert '<p class="notice good" role="status">You have been logged out.</p>' in page
    assert "logged out" not in failed.text
    for query in ("", "?done=", "?done=logout-now", "?done=<b>"):
        assert "logged out" not in browser.get(f"/login{query}").text
    browser.log_in()
    assert "been logged out" not in browser.get("/login?done=logout&prompt=login").text


def test_logging_out_twice_is_no_fault(browser: Browser) -> None:
    """Without a session there is nothing to ask; an old page will do (RQ-S9)."""
    browser.log_in()
    page = browser.get("/logout")

    assert submit(page, status=303).location == f"{URL}/login"
    assert submit(page, status=303).location == f"{URL}/login"
    assert browser.get("/logout", 303).location == f"{URL}/login"


def test_a_saved_cookie_is_worth_nothing_after_a_logout(
    realm: Realm, browser: Browser
) -> None:
    """The session ends on the server, not only in the browser."""
    browser.log_in()
    saved = browser.cookies["arrealm"]
    browser.get("/logout", 303, **{"Sec-Fetch-Site": "same-origin"})
    thief = Browser.holding(realm, arrealm=saved)

    assert thief.get("/login").form["email"]


def test_ended_sessions_are_forgotten_in_the_end(
    make: Callable[..., Realm], clock: Clock
) -> None:
    """Rows of sessions long over are removed."""
    realm = with_people(make())
    browser = Browser(realm)
    browser.log_in()
    clock.forward(minutes=60 * 24 * 40)
    browser.log_in()
    browser.get("/logout", 303, **{"Sec-Fetch-Site": "none"})
    realm.purge()
    with realm.reading() as database:
        left = database.scalar(select(func.count()).select_from(LoginSession))

    assert left == 1


def test_t37_no_log_tells_the_id_of_a_session(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """Who reads it there could end the session."""
    caplog.set_level("DEBUG")
    sid = claims_in(browser.log_in().location)["sid"]
    browser.get(f"/logout?session={sid}", 303)

    assert "session ended" in caplog.text
    assert sid not in caplog.text
