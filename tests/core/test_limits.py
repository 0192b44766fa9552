"""Limits that agree with one another: of tokens, cookies and what is remembered."""

from __future__ import annotations

import logging
import secrets
from bisect import bisect_left
from typing import Any

import pytest

from arware.auth import Auth
from arware.runtime.revocations import MOST_LOGINS, Revocations
from arware.tokens.jwt import TOKEN_CHARACTERS
from arware.web.cookies import PIECES, CookieOptions
from arware.web.response import Response
from tests.making import (
    HTML,
    NOW,
    Asked,
    claims,
    cookies_of,
    flow_of,
    login_cookie,
    realm,
    result,
    texts_of,
)

#: What browsers keep of one cookie, attributes included (RFC 6265 section 6.1).
BROWSER_BYTES = 4096
LOGIN_ID = secrets.token_urlsafe(16)
SECURE = CookieOptions("authrocket", secure=True)


def lines_of(characters: int, options: CookieOptions = SECURE) -> tuple[str, ...]:
    """Return the cookies that keep a token of so many characters."""
    login = (LOGIN_ID, "x" * characters)
    return login_cookie().write(login, 10**9, {}, options)


def token_of(least: int) -> str:
    """Return a good token of *least* characters or, as base64 goes, one more."""
    grown = range(least)
    size = bisect_left(grown, least, key=lambda n: len(padded(n)))
    return padded(size)


def padded(characters: int) -> str:
    """Return a good token with custom data of so many characters."""
    return realm().sign(claims(sid="kss_1", cs={"a": "x" * characters}))


def callback(token: str, cookie: str | None = None) -> Asked:
    """Return the callback that brings *token*."""
    query, referer = f"token={token}", realm().url
    return Asked(query=query, cookie=cookie, accept=HTML, referer=referer)


def arrive(token: str, cookie: str | None = None, **settings: Any) -> Any:
    """Return what becomes of a callback with *token*, former logins revoked."""
    revocations = Revocations(None, lambda: NOW)
    flow = flow_of(known=revocations, **settings)
    return result(flow.process_request(callback(token, cookie), NOW))


def test_f19_the_longest_token_fits_into_the_cookies_and_no_longer_one_would() -> None:
    """The limit is what four cookies hold, within three in a hundred."""
    fitting = bisect_left(range(2 * TOKEN_CHARACTERS), PIECES + 1, key=pieces_of) - 1

    assert TOKEN_CHARACTERS <= fitting < 1.03 * TOKEN_CHARACTERS


def pieces_of(characters: int) -> int:
    """Return how many cookies a token of so many characters takes."""
    return len(lines_of(characters))


@pytest.mark.parametrize("name", ["authrocket", "x" * 64])
@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize("characters", [2_700, TOKEN_CHARACTERS])
def test_f19_no_cookie_is_larger_than_browsers_keep(name, secure, characters) -> None:
    """Name, value and attributes together, for whatever name is allowed."""
    lines = lines_of(characters, CookieOptions(name, secure=secure))

    assert max(map(len, lines)) <= BROWSER_BYTES


def test_f19_the_longest_token_logs_in_and_is_known_again() -> None:
    """All of its cookies come back, and hold it."""
    token = token_of(TOKEN_CHARACTERS - 1)
    answer = arrive(token)
    cookie = cookies_of(answer.headers)
    known = result(flow_of().process_request(Asked(cookie=cookie), NOW))

    assert answer.status == 303
    assert len(token) in (TOKEN_CHARACTERS - 1, TOKEN_CHARACTERS)
    assert known.session.token == token


@pytest.mark.parametrize("more", [1, 1_000, 5 * TOKEN_CHARACTERS])
def test_f19_a_longer_token_is_told_with_size_and_limit(
    more, caplog: pytest.LogCaptureFixture
) -> None:
    """On the page and in one line of the log, which name the fix."""
    token = token_of(TOKEN_CHARACTERS + more)
    with caplog.at_level(logging.WARNING, "arware"):
        page = arrive(token, require_login=True)
    sentence = (
        f"it has {len(token):,} characters, and at most {TOKEN_CHARACTERS:,} fit into "
        "the cookies of a login; select fewer scopes"
    )

    assert page.status == 401
    assert sentence in page.body.decode()
    assert [sentence in record.getMessage() for record in caplog.records] == [True]


def test_f13_who_comes_back_with_one_token_fills_no_list() -> None:
    """Each time the former login is over; beyond a hundred the session is."""
    revocations = Revocations(None, lambda: NOW)
    flow, token, cookie = flow_of(known=revocations), realm().token(sid="kss_1"), None
    outcomes = []
    for _ in range(3 * MOST_LOGINS):
        answer = result(flow.process_request(callback(token, cookie), NOW))
        outcomes.append(isinstance(answer, Response))
        if isinstance(answer, Response):
            cookie = cookies_of(answer.headers)

    assert len(revocations.known) <= MOST_LOGINS
    assert outcomes[:MOST_LOGINS] == [True] * MOST_LOGINS
    assert isinstance(answer, Auth)
    assert answer.reason == "revoked"


def test_f19_stale_pieces_of_a_longer_login_go_with_it() -> None:
    """A short login in the place of a long one clears what the long one left."""
    long = arrive(token_of(TOKEN_CHARACTERS - 1))
    cookie = cookies_of(long.headers)
    short = arrive(realm().token("bob"), cookie, unsolicited_login="allow")
    lines = texts_of(short.headers, "Set-Cookie")

    assert sum("Max-Age=0" in line for line in lines) == PIECES
