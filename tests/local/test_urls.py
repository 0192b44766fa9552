"""Where the realm sends a browser, and where it never does."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import ada_url
import pytest
from webob import Response
from webtest import TestApp

from arware import links
from arware.kit.urls import LONGEST, allowed, parse
from arware.web.urls import with_parameter
from arware.wsgi import Middleware
from tests.local.support import APP, PASSWORD, Browser, Clock, make_realm, submit

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t80

KNOWN = tuple(
    address
    for address in map(
        parse, ("https://app.example/", "https://a.example/manage", "http://[::1]:80/x")
    )
    if address is not None
)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example/",
        "https://app.example/a/b?c=d&e=%20",
        "https://app.example/caf%C3%A9/%2F",
        "https://app.example:443/x",
        "https://a.example/manage",
        "https://a.example/manage/",
        "https://a.example/manage/x",
        "https://a.example/manage?x=1",
        "https://app.example/?next=https://evil.example/",
        "https://app.example/x?a[]=1|2&b=~'()!*",
        "https://app.example/#x",
        "https://app.example/a?b=c#/d?e=/../f&token=g",
        "https://a.example/manage#",
    ],
)
def test_at_or_below_a_login_url(url: str) -> None:
    """What is registered, and all below it by whole segments, may be returned to."""
    assert allowed(url, KNOWN) == url.replace(":443", "")


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "/x",
        "//app.example/",
        "javascript:alert(1)",
        "http://app.example/",
        "https://app.example:8443/",
        "https://app.example.evil.example/",
        "https://evil.example/https://app.example/",
        "https://app.example@evil.example/",
        "https://user@app.example/",
        "https://user:pw@app.example/",
        "https://app.example/#x#y",
        "https://app.example/#x\\y",
        "https://app.example/#x y",
        "https://a.example/#/manage",
        "https://app.example\\@evil.example/",
        "https:\\\\app.example/",
        "https:/app.example/",
        "https://app.example//evil.example",
        "https://app.example/a//b",
        "https://app.example/\\evil.example",
        "https://app.example/%5Cevil.example",
        "https://app.example/%2Fevil.example",
        "https://app.example/%252f/evil.example",
        "https://app.example/a\tb",
        "https://app.example/a\nb",
        "https://app.example/%0d%0aSet-Cookie:x",
        "https://app.example/%00",
        "https://app.example/%2500",
        " https://app.example/",
        "https://app.example/ ",
        "https://app.example/?a b",
        "https://app.example/?\\",
        "https://a.example/manager",
        "https://a.example/manage2/x",
        "https://a.example/",
        "https://a.example/manage/../x",
        "https://a.example/manage/..",
        "https://a.example/manage/..;/x",
        "https://a.example/manage/..;a=b/x",
        "https://a.example/manage/%2e%2e;/x",
        "https://a.example/manage/..%3b/x",
        "https://a.example/manage/.;/x",
        "https://a.example/manage/./x",
        "https://a.example/manage/%2e%2e/x",
        "https://a.example/manage/%2E./x",
        "https://a.example/manage/..%2fx",
        "https://a.example/manage/%252e%252e/x",
        "https://a.example/manage/%zz",
        "https://a.example/MANAGE",
        "https://app..example/",
        "https://аpp.example/",  # a Cyrillic а
        "https://app.example/é",
        "https://app.example:99999/",
        "https://app.example:0/",
        "https://app.example:/",
        "https://app.example/" + "a" * 9000,
        "http://[::1/x",
        "https://app.example\x00.evil.example/",
        "https://app.example/\ud800",
    ],
)
def test_not_allowed(url: Any) -> None:
    """All else is refused, above all what parsers disagree about (RQ-C6)."""
    assert allowed(url, KNOWN) is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/manage", "https://a.example/manage"),
        ("/manage/x?a=/b#c", "https://a.example/manage/x?a=/b#c"),
        ("/manage?token=x", "https://a.example/manage"),
        ("/", None),
        ("/managers", None),
        ("/manage/../x", None),
        ("//a.example/manage", None),
        ("/\\a.example/manage", None),
        ("/@evil.example/manage", None),
        ("manage", None),
        ("?manage", None),
        ("", None),
    ],
)
def test_a_path_is_completed_with_the_default_login_url(
    path: str, expected: str | None
) -> None:
    """AuthRocket's own example says ``redirect_uri=/manage``; the rest is as always."""
    (base,) = (url for url in KNOWN if url.host == "a.example")

    assert allowed(path, KNOWN, base=base) == expected
    assert allowed(path, KNOWN) is None


def test_a_login_leads_to_a_path_of_the_application(realm: Any) -> None:
    """The path arrives as a page of the first login URL, with the token."""
    location = Browser(realm).log_in(query="?redirect_uri=/manage%3Fa=1").location

    assert location.startswith(f"{APP}manage?a=1&token=ey")


@pytest.mark.parametrize(
    "page",
    ["/x?q=" + "a" * 6995, "/" + "a" * 7000, "/x?q=" + "%C3%A9" * 1200],
)
def test_the_longest_page_survives_a_login(tmp_path: Path, page: str) -> None:
    """What an adapter sends as the page to come back to, the realm leads back to."""
    urls = {"url": f"{APP}auth", "login_urls": [APP]}
    environ = {"HTTP_HOST": "127.0.0.1:8000", "HTTP_ACCEPT": "text/html"}
    with make_realm(tmp_path, clock=time.time, **urls) as realm:
        realm.add_user("ada@example.com", PASSWORD, org="Acme")
        adapter = Middleware(Response(), local_realm=realm, require_login=True)
        site = TestApp(adapter, extra_environ=environ)
        login = site.get(page, status=302).follow()
        answer = submit(login, email="ada@example.com", password=PASSWORD)

        assert answer.location == APP.rstrip("/") + page
        assert LONGEST >= links.LONGEST + 500
        assert site.get(page).status_int == 200


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("?token=x", ""),
        ("?a=1&token=x&b=2", "?a=1&b=2"),
        ("?%74oken=x&a", "?a"),
        ("?token", ""),
        ("?tokens=1", "?tokens=1"),
        ("?", "?"),
    ],
)
def test_a_token_cannot_be_brought_along(query: str, left: str) -> None:
    """Whoever writes the return address does not write the token in it."""
    assert allowed(f"https://app.example/{query}", KNOWN) == (
        f"https://app.example/{left}"
    )


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/", "https://a.example/?token=t%26"),
        ("https://a.example/?", "https://a.example/?token=t%26"),
        ("https://a.example/?a=1", "https://a.example/?a=1&token=t%26"),
        ("https://a.example/?a=1&", "https://a.example/?a=1&token=t%26"),
        ("https://a.example/?a=?", "https://a.example/?a=?&token=t%26"),
        ("https://a.example/#x?y", "https://a.example/?token=t%26#x?y"),
        ("https://a.example/?a=1#x", "https://a.example/?a=1&token=t%26#x"),
    ],
)
def test_the_token_joins_the_query(url: str, expected: str) -> None:
    """The query that was there stays, byte for byte, and the fragment is the last."""
    assert with_parameter(url, "token", "t&") == expected


def test_a_fragment_comes_back_behind_the_token(realm: Any) -> None:
    """A browser that asked for it gets it again, and it chooses no other origin."""
    given = quote("http://127.0.0.1:8000#@evil.example/?a=1", safe="")
    location = Browser(realm).log_in(query=f"?redirect_uri={given}").location

    assert re.fullmatch(
        r"http://127\.0\.0\.1:8000/\?token=[^#&]+#@evil\.example/\?a=1", location
    )
    assert ada_url.URL(location).origin == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("given", "logged"),
    [
        ("https://app.exmaple/welcome?code=secret", "https://app.exmaple/welcome"),
        ("https://app.exmaple/#secret", "https://app.exmaple/"),
        ("https://app.exmaple/x;id=secret", "https://app.exmaple/x"),
        ("https://me:secret@app.exmaple/", "https://app.exmaple/"),
        ("https:\\\\secret@app.exmaple", "https://app.exmaple"),
        (
            "https%3A%2F%2Fapp.exmaple%2F%3Ftoken%3Dsecret",
            "https%3A%2F%2Fapp.exmaple%2F",
        ),
        ("https://a\u2028é/", "https://a??/"),
        ("x" * 5000, "x" * 200),
    ],
)
def test_a_refused_address_is_logged(
    realm: Any, caplog: pytest.LogCaptureFixture, given: str, logged: str
) -> None:
    """One short line for the operator, without what may be a secret in it."""
    Browser(realm).get(f"/login?redirect_uri={quote(given, safe='')}", 400)
    lines = [r.getMessage() for r in caplog.records if "redirect_uri" in r.getMessage()]

    assert lines == [
        f"redirect_uri is not at or below one of login_urls: {logged} ip=127.0.0.1"
    ]


def test_an_address_that_is_allowed_or_missing_is_not_logged(
    realm: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """There is nothing to tell."""
    browser = Browser(realm)
    for query in ("", "?redirect_uri=", f"?redirect_uri={APP}x"):
        browser.get(f"/login{query}")

    assert caplog.records == []


def payloads(corpora: Path) -> list[str]:
    """Return the collected redirect payloads."""
    text = (corpora / "redirects" / "whatwg-verdicts.jsonl").read_text("utf-8")
    return [json.loads(line)["in"] for line in text.splitlines() if line]


def variants(payload: str) -> list[str]:
    """Return the ways in which a payload may stand in a redirect_uri."""
    return [
        payload,
        f"{APP}{payload}",
        f"{APP.rstrip('/')}{payload}",
        f"http://{payload}",
        f"http:{payload}",
    ]


def test_no_collected_payload_leaves_the_applications(corpora: Path) -> None:
    """By the WHATWG rules, whatever is allowed lies at the registered origin."""
    login_url = parse(APP)
    found = 0
    for payload in payloads(corpora):
        for text in variants(payload):
            url = allowed(text, [login_url] if login_url else [])
            if url is not None:
                found += 1
                assert ada_url.URL(url).origin == "http://127.0.0.1:8000"

    assert found > 100


def test_no_collected_payload_leaves_through_a_page(
    corpora: Path, tmp_path: Path
) -> None:
    """Every redirect leads to the application, to the realm or to this machine."""
    here = {"127.0.0.1", "localhost", "[::1]"}
    with make_realm(tmp_path, login_urls=[APP], clock=Clock()) as realm:
        realm.add_user("ada@example.com", "walrus tangerine lighthouse", org="Acme")
        inside, outside = Browser(realm), Browser(realm)
        inside.log_in()
        seen = 0
        for payload in payloads(corpora):
            query = quote(payload.encode("utf-8", "replace"), safe="")
            for browser, path in (
                (inside, f"/login?redirect_uri={query}"),
                (inside, f"/accounts?redirect_uri={query}"),
                (outside, f"/?redirect_uri={query}"),
                (outside, f"/logout?redirect_uri={query}"),
                (outside, f"/profile?redirect_uri={query}"),
            ):
                answer = browser.get(path, status=(302, 303, 400))
                for location in answer.headers.getall("Location"):
                    assert ada_url.URL(location).hostname in here
                seen += 1
                assert ("Location" in answer.headers) == (answer.status_int != 400)
        assert seen > 5000


def test_no_collected_payload_splits_a_header(realm: Any, corpora: Path) -> None:
    """A line break in an address never becomes a header."""
    browser = Browser(realm)
    browser.log_in()
    text = (corpora / "redirects" / "patt-crlf.txt").read_text("utf-8")
    for payload in text.splitlines():
        for sent in (payload, quote(payload, safe="%"), quote(payload, safe="")):
            query = quote(f"{APP}{sent}", safe="")
            answer = browser.get(f"/login?redirect_uri={query}", (303, 400))

            assert all("\n" not in value for value in answer.headers.values())
            assert set(answer.headers) & {"X-Test", "Set-Cookie"} == set()
