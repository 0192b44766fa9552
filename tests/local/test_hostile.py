"""No input, however odd, gets a 500, a traceback or unescaped text."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from markupsafe import escape

from arware.kit.web.walking import page_paths
from arware.local import Realm
from arware.local.app import configured
from tests.local.conftest import with_people
from tests.local.support import APP, PASSWORD, Browser, call, claims_in

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t77

FORM = "application/x-www-form-urlencoded"
FIELDS = ("email", "password", "first_name", "last_name", "org_name")
CLEAR = {200, 204, 302, 303, 400, 401, 403, 404, 405, 413, 415, 422, 429, 501}


@pytest.fixture(scope="module")
def naughty(corpora: Path) -> list[str]:
    """Return the big list of naughty strings, and some of our own."""
    strings = json.loads((corpora / "strings" / "blns.json").read_text("utf-8"))
    return [*strings, "\x00", "a\x00b", "\r\nSet-Cookie: x=y", "\ud800", "x" * 5000]


def post(browser: Browser, path: str, fields: dict[str, str]) -> Any:
    """Post *fields* as bytes, half pairs and all."""
    body = "&".join(
        f"{quote_plus(name)}={quote_plus(value.encode('utf-8', 'surrogatepass'))}"
        for name, value in fields.items()
    )
    return browser.app.post(path, body, status="*", content_type=FORM)


def test_naughty_names_come_back_as_text(
    realm: Realm, browser: Browser, naughty: list[str]
) -> None:
    """A name that is taken shows as it was typed, escaped, on every page."""
    browser.log_in()
    page = browser.get("/profile")
    token = page.forms[0]["form_token"].value
    kept = 0
    for text in naughty[::5]:
        fields = {
            "first_name": text,
            "last_name": "",
            "form_token": token,
        }
        answer = post(browser, "/profile/details", fields)
        assert answer.status_int in {303, 400, 422}, repr(text)
        if answer.status_int == 303:
            kept += 1
            claims = claims_in(browser.get("/login", 303).location)
            shown = browser.get("/accounts?force").text
            assert f"<strong><bdi>{escape(claims['name'])}</bdi></strong>" in shown

    assert kept > 20


def test_naughty_strings_in_the_address(
    make: Callable[..., Realm], naughty: list[str]
) -> None:
    """In the query, in the path, in cookies and headers, of one page or another."""
    realm = with_people(make())
    paths = cycle(sorted(page_paths(configured())))
    for number, text in enumerate(naughty):
        path, value = next(paths), quote(text.encode("utf-8", "surrogatepass"), safe="")
        raw = text.encode("utf-8", "surrogatepass").decode("latin-1")
        environs = (
            {"QUERY_STRING": f"redirect_uri={value}&account={value}&session={value}"},
            {"PATH_INFO": f"{path}/{raw}"},
            {"HTTP_COOKIE": f"arrealm={raw}; arrealm_form={raw}"},
            {"QUERY_STRING": f"prompt={value}&then={value}&force={value}&{value}"},
            {"QUERY_STRING": raw},
            {"HTTP_USER_AGENT": raw, "REMOTE_ADDR": raw, "HTTP_HOST": raw},
        )
        for environ in environs[number % 2 :: 2]:
            status, headers, body = call(realm, **({"PATH_INFO": path} | environ))
            assert status in CLEAR, (path, environ, status)
            assert "Traceback" not in body
            assert "<script>" not in body.lower()
            assert all("\n" not in header for header in headers.values())


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"CONTENT_LENGTH": "abc"}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "٣"}, 400),
        ({"CONTENT_LENGTH": "9" * 30}, 413),
        ({"CONTENT_LENGTH": "65537"}, 413),
        ({"CONTENT_LENGTH": "100", "body": b"email=x"}, 400),
        ({"CONTENT_LENGTH": ""}, 403),
        ({"body": b"email=x", "CONTENT_LENGTH": "7"}, 415),
        ({"body": b"email=x", "CONTENT_LENGTH": "7", "CONTENT_TYPE": FORM}, 403),
        (
            {
                "body": b"x" * 70_000,
                "CONTENT_TYPE": FORM,
                "wsgi.input_terminated": True,
            },
            413,
        ),
        (
            {"body": b"{}", "CONTENT_LENGTH": "2", "CONTENT_TYPE": "text/plain"},
            415,
        ),
        (
            {
                "body": b"x",
                "CONTENT_LENGTH": "1",
                "CONTENT_TYPE": "multipart/form-data",
            },
            415,
        ),
        ({"body": b"a=%ff", "CONTENT_LENGTH": "5", "CONTENT_TYPE": FORM}, 400),
        ({"body": b"a=\xff", "CONTENT_LENGTH": "3", "CONTENT_TYPE": FORM}, 400),
        ({"body": b"a=1&a=2", "CONTENT_LENGTH": "7", "CONTENT_TYPE": FORM}, 400),
        ({"body": b"a&" * 60, "CONTENT_LENGTH": "120", "CONTENT_TYPE": FORM}, 400),
    ],
)
@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_odd_bodies(
    realm: Realm, environ: dict[str, Any], expected: int, path: str
) -> None:
    """Each is a clear 4xx."""
    status, _, body = call(
        realm, REQUEST_METHOD="POST", PATH_INFO=path, **dict(environ)
    )

    assert status == expected
    assert "<h1>" in body


class Gone:
    """A client that hangs up in the middle of its form."""

    def read(self, _size: int = -1) -> bytes:
        raise OSError("gone")


def test_a_client_that_hangs_up(realm: Realm) -> None:
    """It is nobody's fault of ours."""
    status, _, _ = call(
        realm,
        REQUEST_METHOD="POST",
        CONTENT_LENGTH="5",
        CONTENT_TYPE=FORM,
        **{"wsgi.input": Gone()},
    )

    assert status == 400


@pytest.mark.parametrize(
    "query",
    [
        "redirect_uri=a&redirect_uri=b",
        "prompt=login&prompt=x",
        "account=a&account=",
        "a=%ff",
        "a=\xff",
        "&".join(f"a{n}=1" for n in range(60)),
    ],
)
@pytest.mark.parametrize("path", ["/login", "/logout", "/accounts", "/profile", "/"])
def test_odd_queries(realm: Realm, query: str, path: str) -> None:
    """What says two things, or is no text, is a clear 400."""
    browser = Browser(realm)
    browser.log_in()
    cookies = "; ".join(f"{n}={v}" for n, v in browser.cookies.items())
    status, _, body = call(
        realm, PATH_INFO=path, QUERY_STRING=query, HTTP_COOKIE=cookies
    )

    assert status == 400
    assert "cannot be read" in body or "sent twice" in body


@pytest.mark.parametrize(
    "cookie",
    [
        "arrealm=a; arrealm=b",
        "arrealm",
        "=",
        ";;;",
        "arrealm=" + "x" * 100_000,
        'arrealm="x"',
        "$Version=1; arrealm=x",
        "arrealm=\xff",
        ", ".join(["arrealm=x"] * 500),
    ],
)
def test_odd_cookies(realm: Realm, cookie: str) -> None:
    """They are nobody's."""
    status, _, body = call(realm, HTTP_COOKIE=cookie)

    assert status == 200
    assert "Log in" in body


def test_of_two_session_cookies_none_counts(realm: Realm, browser: Browser) -> None:
    """A neighbour that plants a second cookie makes the visitor nobody."""
    browser.log_in()
    good = browser.cookies["arrealm"]
    same = call(realm, HTTP_COOKIE=f"arrealm={good}; arrealm={good}")[0]
    planted = call(realm, HTTP_COOKIE=f"arrealm={good}; arrealm=x")[0]

    assert (same, planted) == (303, 200)


def test_every_header_that_was_ever_seen_changes_nothing(
    realm: Realm, corpora: Path
) -> None:
    """No header of a request changes who somebody is or where they are sent."""
    text = (corpora / "headers" / "param-miner-headers.txt").read_text("utf-8")
    skipped = {"COOKIE", "HOST", "ORIGIN", "REFERER", "CONTENT_LENGTH", "CONTENT_TYPE"}
    plain = call(realm, PATH_INFO="/profile")
    for line in text.splitlines():
        name = line.strip().upper().replace("-", "_")
        if not name or name in skipped or not name.isascii():
            continue
        value = "https://evil.example/ada@example.com"
        status, headers, _ = call(
            realm, PATH_INFO="/profile", **{f"HTTP_{name}": value}
        )
        assert (status, headers["Location"]) == (303, plain[1]["Location"])


def test_secrets_stay_out_of_the_log(
    realm: Realm, caplog: pytest.LogCaptureFixture
) -> None:
    """AK-F40, RQ-K10: passwords, cookies, tokens, what was typed as an address."""
    caplog.set_level(logging.DEBUG)
    browser = Browser(realm)
    typed_in_the_wrong_field = "my-password-in-the-wrong-field"
    browser.log_in(typed_in_the_wrong_field, "wrong password", status=422)
    answer = browser.log_in()
    browser.get(f"/logout?redirect_uri={APP}", 303, **{"Sec-Fetch-Site": "none"})
    token = answer.location.partition("token=")[2]
    written = caplog.text

    assert "login succeeded user=usr_" in written
    assert "password wrong user=unknown" in written
    assert "session ended" in written
    for secret in (
        PASSWORD,
        "wrong password",
        typed_in_the_wrong_field,
        token,
        token.split(".")[2],
        browser.realm.secrets[0],
        "ada@example.com",
    ):
        assert secret not in written


def test_a_page_that_breaks_says_so_without_details(
    make: Callable[..., Realm], caplog: pytest.LogCaptureFixture
) -> None:
    """If we fail after all, the visitor learns nothing of how."""
    realm = make()
    app = realm.wsgi_app
    realm.database.engine.dispose()

    times = iter([RuntimeError("the inside of the realm")])

    def broken() -> float:
        for fault in times:
            raise fault
        return 0.0

    object.__setattr__(realm.settings, "clock", broken)
    answers: list[Any] = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/login",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8001",
        "HTTP_COOKIE": "arrealm=x",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }
    body = b"".join(app(environ, lambda *given: answers.append(given)))

    assert answers[0][0].startswith("500")
    assert b"inside" not in body
    assert "the inside of the realm" in caplog.text


def test_deeply_odd_form_tokens(realm: Realm) -> None:
    """A token in whatever bytes is simply wrong."""
    for token in ("é", "\x00", "a" * 60_000, "🦊.🦊"):
        body = urlencode({"form_token": token}).encode()
        status, _, _ = call(
            realm,
            REQUEST_METHOD="POST",
            CONTENT_TYPE=FORM,
            CONTENT_LENGTH=str(len(body)),
            body=body,
            HTTP_COOKIE="arrealm_form=" + "x" * 43,
        )
        assert status in {400, 403, 413}
