"""The browser behind a request: where it came from, what it holds."""

from __future__ import annotations

from typing import Any

import pytest

from arware.web.browser import Browser, Browsers
from tests.making import ORIGIN, Asked, settings


def browser(request: Asked | None = None, **headers: Any) -> Browser:
    """Return the browser of a request."""
    return Browsers(settings()).of(request or Asked(**headers))


@pytest.mark.parametrize(
    ("headers", "elsewhere"),
    [
        ({}, False),
        ({"sec_fetch_site": "same-origin"}, False),
        ({"sec_fetch_site": " None "}, False),
        ({"sec_fetch_site": "cross-site"}, True),
        ({"sec_fetch_site": "same-site"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "https://evil.example"}, False),
        ({"origin": ORIGIN}, False),
        ({"origin": "https://evil.example"}, True),
        ({"origin": "null"}, True),
        ({"referer": f"{ORIGIN}/x"}, False),
        ({"referer": "https://evil.example/x"}, True),
        ({"origin": ORIGIN, "referer": "https://evil.example/x"}, False),
        ({"origin": "https://evil.example", "referer": f"{ORIGIN}/"}, True),
    ],
)
def test_who_comes_from_elsewhere_is_told_by_the_browser(headers, elsewhere) -> None:
    """Sec-Fetch-Site where it is sent, else Origin, else Referer (T38)."""
    assert browser(**headers).comes_from_elsewhere() is elsewhere


@pytest.mark.parametrize(
    ("public_url", "scheme", "name", "origin"),
    [
        (None, "https", "__Host-authrocket", ORIGIN),
        (None, "http", "authrocket", "http://app.example"),
        ("https://p.example", "http", "__Host-authrocket", "https://p.example"),
        ("http://p.example", "https", "authrocket", "http://p.example"),
    ],
)
def test_the_public_url_says_what_https_means(public_url, scheme, name, origin) -> None:
    """Without one the request does."""
    browsers = Browsers(settings(public_url=public_url))
    request = Asked(scheme=scheme, cookie=f"x=1; {name}=a; {name}.s=c")
    seen = browsers.of(request)

    assert seen.options.name == name
    assert browsers.origin(request) == origin
    assert seen.origin == origin
    assert seen.cookies == {name: ["a"], f"{name}.s": ["c"]}
    assert seen.request is request


@pytest.mark.parametrize("sender", ["null", "no url", "https://evil.example"])
def test_without_an_origin_of_ours_every_sender_is_elsewhere(sender: str) -> None:
    """Two unknown origins are not the same one."""
    assert browser(Asked(host="no/host", origin=sender)).comes_from_elsewhere()


def test_no_cookie_and_no_origin_are_nothing() -> None:
    """A Host that breaks the grammar makes no origin (T42)."""
    seen = browser(Asked(host="evil/x"))

    assert (seen.cookies, seen.origin) == ({}, None)
