"""The browser behind a request, and the cookie that it is given."""

from __future__ import annotations

from typing import Any

import pytest

from arware.core.verdict import Verdict
from arware.resources.claims import Identity
from arware.web.browser import (
    Browser,
    Browsers,
    LoginCookie,
    new_login_id,
    set_cookies,
)
from arware.web.cookies import CookieOptions, CookieSigner

from ..making import NOW, ORIGIN, SECRET, Asked, claims, settings

OPTIONS = CookieOptions("authrocket", secure=True)


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
    assert browser(**headers).from_elsewhere() is elsewhere


@pytest.mark.parametrize(
    ("headers", "ahead"),
    [
        ({}, False),
        ({"sec_purpose": "prefetch;prerender"}, True),
        ({"purpose": "PREFETCH"}, True),
        ({"x_moz": "prefetch"}, True),
        ({"purpose": "preview"}, False),
        ({"x_purpose": "prefetch"}, False),
    ],
)
def test_a_browser_that_asks_ahead_says_so(headers: Any, ahead: bool) -> None:
    """Each vendor has, or had, a header of its own."""
    assert browser(**headers).asks_ahead() is ahead


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
    request = Asked(scheme=scheme, cookie=f"x=1; {name}=a; {name}.s.b=c")
    seen = browsers.of(request)

    assert browsers.options(request).name == name
    assert seen.origin == origin
    assert seen.found == {name: ["a"], f"{name}.s.b": ["c"]}
    assert seen.request is request


@pytest.mark.parametrize("sender", ["null", "no url", "https://evil.example"])
def test_without_an_origin_of_ours_every_sender_is_elsewhere(sender: str) -> None:
    """Two unknown origins are not the same one."""
    assert browser(Asked(host="no/host", origin=sender)).from_elsewhere()


def test_no_cookie_and_no_origin_are_nothing() -> None:
    """A Host that breaks the grammar makes no origin (T42)."""
    seen = browser(Asked(host="evil/x"))

    assert (seen.found, seen.origin) == ({}, None)


def verdict(login_id: str | None = "login-id-0123456789") -> Verdict:
    """Return a verdict whose token ends in an hour."""
    return Verdict(Identity.from_claims(claims(), "a token"), None, login_id)


def test_the_cookie_holds_login_id_and_token_and_ends_with_the_token() -> None:
    """Stale pieces of an earlier login are cleared along with it."""
    codec = CookieSigner((SECRET,), "login.v1.authrocket")
    found = {f"{OPTIONS.name}.1": ["x"], f"{OPTIONS.name}.s.a": ["y"]}
    lines = LoginCookie(codec).write(verdict(), found, OPTIONS, NOW + 600)

    assert lines == (
        OPTIONS.set(
            OPTIONS.name, codec.dumps(["login-id-0123456789", "a token"]), 3000
        ),
        OPTIONS.clear(f"{OPTIONS.name}.1"),
    )


def test_a_verdict_without_a_login_id_is_written_with_an_empty_one() -> None:
    """It can be read again, and nobody can revoke it."""
    codec = CookieSigner((SECRET,), "login.v1.authrocket")
    [line] = LoginCookie(codec).write(verdict(None), {}, OPTIONS, NOW)

    assert codec.loads(line.partition(";")[0].partition("=")[2]) == ["", "a token"]


def test_login_ids_are_random() -> None:
    """128 bits each."""
    assert len({new_login_id() for _ in range(100)}) == 100
    assert len(new_login_id()) == 22


def test_cookies_are_headers_of_their_own() -> None:
    """One line each."""
    assert set_cookies(("a", "b")) == (("Set-Cookie", "a"), ("Set-Cookie", "b"))


def test_the_login_s_cookies_are_cleared_where_they_stand() -> None:
    """Not those of the states."""
    found = {
        OPTIONS.name: ["x"],
        f"{OPTIONS.name}.2": ["y"],
        f"{OPTIONS.name}.s.a": ["z"],
    }

    assert LoginCookie.clear(found, OPTIONS) == (
        OPTIONS.clear(OPTIONS.name),
        OPTIONS.clear(f"{OPTIONS.name}.2"),
    )


@pytest.mark.parametrize(
    ("cookie", "another"),
    [
        ("", False),
        ("__Host-authrocket.s.sabcdefg=x", False),
        ("authrocket.s.sabcdefg=x", False),
        ("__Host-inner.s.sabcdefg=x", True),
        ("a=b; inner.s.sabcdefg=x", True),
        ("inner.s.sabcdefg=x; __Host-authrocket.s.sabcdefg=y", False),
        ("inner.s.sother12=x", False),
    ],
)
def test_a_state_of_another_door_is_known_by_its_cookie(cookie, another) -> None:
    """Ours has our name, be it that of https or of http."""
    seen = browser(Asked(cookie=cookie))

    assert seen.is_of_another_adapter("sabcdefghijkl") is another
