"""Only a page that a person opens logs in or out; fetching ahead does nothing."""

from __future__ import annotations

import pytest

from arware.testing import Browser
from arware.testing._calls import Response

from .conftest import ORIGIN, Site, logins

#: How browsers and libraries mark what they fetch before anybody has decided to come.
AHEAD = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Sec-Purpose": "prefetch; anonymous-client-ip"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
    {"X-Sec-Purpose": "prefetch"},
    {"X-Purpose": "preview"},
    {"HX-Preloaded": "true"},
]

#: What a page may embed or fetch: ``Sec-Fetch-Dest`` and ``Sec-Fetch-Mode``.
EMBEDDED = [
    ("image", "no-cors"),
    ("script", "no-cors"),
    ("style", "no-cors"),
    ("video", "no-cors"),
    ("font", "cors"),
    ("empty", "cors"),
    ("empty", "no-cors"),
    ("empty", "same-origin"),
    ("iframe", "navigate"),
    ("frame", "navigate"),
    ("object", "navigate"),
    ("embed", "navigate"),
    ("worker", "same-origin"),
]


def embed(browser: Browser, path: str, dest: str, mode: str, site: str) -> Response:
    """Ask for *path* as a page asks for what it embeds."""
    headers = {"Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": mode, "Accept": "*/*"}
    return browser.get(path, site=site, headers=headers)


def is_told_to_come_again(answer: Response) -> bool:
    """Tell whether nothing happened, and nobody keeps that."""
    kept = answer.header("Cache-Control") != "no-store" or answer.all("Set-Cookie")
    return answer.status == 503 and not kept


@pytest.mark.parametrize("mark", AHEAD, ids=lambda mark: "-".join(*mark.items()))
@pytest.mark.parametrize("path", ["/logout", "/login", "/login?redirect_uri=/page"])
def test_f4_what_is_fetched_ahead_starts_and_ends_nothing(
    site: Site, path: str, mark: dict[str, str]
) -> None:
    """A hovered link neither logs out nor begins a login."""
    browser = site.member("alice")
    answer = browser.get(path, site="same-origin", headers=mark)

    assert is_told_to_come_again(answer)
    assert browser.get("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("mark", AHEAD, ids=lambda mark: "-".join(*mark.items()))
def test_f4_a_callback_that_is_fetched_ahead_waits(
    site: Site, mark: dict[str, str]
) -> None:
    """It is asked for again when the person really comes, and logs in then."""
    browser = site.browser()
    start, token = browser.get("/private"), site.token()
    ahead = browser.come_back(start, token, headers=mark)

    assert is_told_to_come_again(ahead)
    assert browser.get("/").json()["user"] is None
    assert browser.come_back(start, token).status == 303


@pytest.mark.parametrize("sec_fetch", ["same-origin", "same-site", "cross-site"])
@pytest.mark.parametrize(("dest", "mode"), EMBEDDED)
def test_f4_what_a_page_embeds_logs_nobody_out(
    site: Site, dest: str, mode: str, sec_fetch: str
) -> None:
    """``<img src="/logout">`` asks, even in the application's own page."""
    browser = site.member("alice")
    answer = embed(browser, "/logout", dest, mode, sec_fetch)

    assert answer.status == 200
    assert answer.all("Set-Cookie") == []
    assert browser.get("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("sec_fetch", ["same-origin", "same-site", "cross-site"])
@pytest.mark.parametrize(("dest", "mode"), EMBEDDED)
def test_f3_what_a_page_embeds_logs_nobody_in(
    site: Site, dest: str, mode: str, sec_fetch: str
) -> None:
    """Neither who is anonymous nor instead of who is there, state or not."""
    token = site.token("mallory")
    for browser in (site.browser(), site.member("alice")):
        before = browser.get("/").json()
        (_, state) = browser.get("/login").location.rsplit("ar_state%3D")
        for path in (f"/?token={token}", f"/?ar_state={state}&token={token}"):
            embed(browser, path, dest, mode, sec_fetch)

        assert browser.get("/").json() == before


@pytest.mark.parametrize("name", ["Referer", "Origin"])
@pytest.mark.parametrize("sec_fetch", ["same-origin", "same-site", "cross-site"])
def test_f3_that_loginrocket_sent_the_browser_proves_nothing(
    site: Site, sec_fetch: str, name: str
) -> None:
    """Its logout page leads where a stranger's link says, so the visitor is asked."""
    for origin in (site.realm.url, ORIGIN + "/"):
        browser = site.browser()
        headers = {name: origin}
        answer = browser.arrive(
            "/", site.token("mallory"), site=sec_fetch, headers=headers
        )

        assert "Continue as mallory@example.com?" in answer.text.replace(
            "<bdi>", ""
        ).replace("</bdi>", "")
        assert logins(browser) == {}


def test_f3_a_redirect_of_the_application_s_own_proves_nothing(site: Site) -> None:
    """The chain ends with our own Referer and ``same-origin``."""
    browser = site.browser()
    answer = browser.arrive(
        "/page", site.token("mallory"), site="same-origin", referer=f"{ORIGIN}/go"
    )

    assert answer.status == 200
    assert browser.get("/").json()["user"] is None
