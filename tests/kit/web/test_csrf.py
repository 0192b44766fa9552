"""That no other site can send a form in somebody's name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from arware.kit.web.walking import Forgery, PostView, forgeries, open_views, post_views
from tests.kit.web.sample import Browser, Site, token_of

HERE = "http://localhost"
LOGIN = {"email": "alice@example.com", "password": "right"}


@pytest.fixture
def browser() -> Browser:
    """Return a browser at the sample."""
    return Browser()


SAMPLE = post_views(Browser().config)
FORGED = [(view, forgery) for view in SAMPLE for forgery in forgeries(view)]


def test_the_walk_finds_each_view_that_changes_something() -> None:
    """By its route, with the form that it reads."""
    assert {(view.route, view.path) for view in SAMPLE} == {
        ("login", "/login"),
        ("notes", "/notes"),
        ("tidy", "/tidy"),
        ("lost", "/lost"),
    }
    assert open_views(Browser().config) == set()


@pytest.mark.parametrize(
    ("view", "forgery"), FORGED, ids=[f"{v.route}-{f.name}" for v, f in FORGED]
)
def test_no_view_takes_a_forgery(
    browser: Browser, view: PostView, forgery: Forgery
) -> None:
    """What another site can send for a member is refused; nothing is done (RQ-C3)."""
    browser.log_in(is_fresh=True)
    browser.site.notes.append("kept")

    answer = browser.post(
        view.path, forgery.body, headers=dict(forgery.headers), status="*"
    )

    assert answer.status_int in (403, 415)
    assert browser.site.notes == ["kept"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:81"},
        {"Origin": "null"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Referer": "https://evil.example/"},
        {"Referer": "http://localhost.evil.example/"},
    ],
)
def test_a_browser_that_tells_of_another_site_is_believed(
    browser: Browser, headers: dict[str, str]
) -> None:
    """A right token is of no use then."""
    token = token_of(browser.get("/login"))
    fields = {"form_token": token, **LOGIN}

    answer = browser.post("/login", fields, headers=headers, status=403)

    assert "Title from_elsewhere" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": HERE},
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Referer": f"{HERE}/login"},
    ],
)
def test_a_page_of_ours_may_send_its_form(
    browser: Browser, headers: dict[str, str]
) -> None:
    """Whatever the browser tells of it."""
    fields = {"form_token": token_of(browser.get("/login")), **LOGIN}

    assert browser.post("/login", fields, headers=headers, status=303)


@pytest.mark.parametrize(
    "headers", [{"Origin": HERE}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_json_is_taken_from_a_page_of_ours(
    browser: Browser, headers: dict[str, str]
) -> None:
    """It needs no token where the browser says that it is ours."""
    browser.log_in()

    browser.post_json("/notes", {"title": "one"}, headers=headers, status=204)

    assert browser.site.notes == ["one"]


def test_json_is_taken_from_a_program_without_cookies(browser: Browser) -> None:
    """There is nothing that another site could use."""
    assert browser.post_json("/login", LOGIN, status=204)


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/json-seq",
        "text/json",
    ],
)
def test_json_is_only_what_says_so(browser: Browser, kind: str) -> None:
    """Other types a page can send to another site without being asked (Fetch 2.2.2)."""
    body = json.dumps(LOGIN)

    answer = browser.post("/login", body, content_type=kind, status="*")

    assert answer.status_int in (400, 403, 415)
    assert browser.site.visitors == {}


def test_a_token_is_of_one_browser(browser: Browser) -> None:
    """Another one cannot send it."""
    other = Browser(browser.site)
    other.get("/login")
    fields = {"form_token": token_of(browser.get("/login")), **LOGIN}

    answer = other.post("/login", fields, status=403)

    assert "Title form_expired" in answer.text


@pytest.mark.parametrize("token", ["", ".", "x", "é.é", "x" * 60_000, "🦊.🦊", "a.b.c"])
def test_an_odd_token_is_simply_wrong(browser: Browser, token: str) -> None:
    """There is no fault in reading it."""
    browser.get("/login")
    answer = browser.post("/login", {"form_token": token, **LOGIN}, status="*")

    assert answer.status_int in (403, 413)


def test_a_secret_that_was_replaced_still_counts() -> None:
    """Forms that were drawn before can be sent after, until the old one goes."""
    site = Site(secrets=("old",))
    browser = Browser(site)
    page = browser.get("/login")

    site.secrets = ("new", "old")
    rotated = browser.send("/login", LOGIN, page)
    site.secrets = ("new",)
    dropped = browser.send("/login", LOGIN, page)

    assert (rotated.status_int, dropped.status_int) == (303, 403)


def test_https_has_cookies_that_no_other_host_can_set() -> None:
    """They have the prefix that browsers hold to (RFC 6265bis 4.1.3.2)."""
    browser = Browser(Site(url="https://example.com"))

    cookie = browser.get("/login").headers["Set-Cookie"]

    assert cookie.startswith("__Host-sample_form=")
    assert "; secure" in cookie.lower()
    assert "Path=/" in cookie


def test_a_cookie_that_comes_twice_does_not_count(browser: Browser) -> None:
    """Of two values nobody knows which is ours."""
    browser.log_in()
    session = browser.cookies["sample"]
    headers = {"Cookie": f"sample={session}; sample=x"}
    twice = {"Cookie": f"sample={session}; sample={session}"}
    fresh = Browser(browser.site)

    assert fresh.get("/notes", headers=headers, status=303)
    assert fresh.get("/notes", headers=twice, status=200)


def test_refusals_are_logged_without_what_was_sent(
    browser: Browser, caplog: Any
) -> None:
    """One line for each, with the word and who it was."""
    caplog.set_level("INFO")
    browser.post("/login", {"form_token": "secret", **LOGIN}, status=403)

    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("refused id=rf_")
    assert said.endswith(" cause=form_without_cookie ip=203.0.113.9")
