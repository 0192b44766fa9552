"""Every answer carries what keeps a login page safe."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest

from arware.local import Realm
from tests.local.conftest import with_people
from tests.local.support import PASSWORD, Browser, call, claims_in, submit

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t77

PATHS = [
    "/",
    "/login",
    "/signup",
    "/logout",
    "/profile",
    "/accounts",
    "/accounts?force",
    "/account/org_0000000000000000000000",
    "/accounts/x",
    "/nothing/here",
    "/login?a=%ff",
]


@pytest.fixture
def realm(lasting_realm: Realm) -> Realm:
    """Share one realm: nothing here changes its users."""
    return lasting_realm


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("logged_in", [False, True])
def test_pages_are_shut_in(browser: Browser, path: str, logged_in: bool) -> None:
    """No framing, no sniffing, our scripts, no cache, an origin as referrer (RQ-C5)."""
    if logged_in:
        browser.log_in()
    headers = browser.get(path, "*").headers
    policy = dict(
        part.strip().partition(" ")[::2]
        for part in headers["Content-Security-Policy"].split(";")
    )

    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["form-action"] == (
        "'self' http://127.0.0.1:8000 https://other.example "
        "http://127.0.0.1:* http://localhost:* http://*.localhost:*"
    )
    assert policy["script-src"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "strict-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Server" not in headers


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://App.example:443/x", "https://app.example"),
        ("https://app.example:8443/", "https://app.example:8443"),
        ("http://[::1]:8000/", "http:"),
        ("https://my_app.example/", "https:"),
    ],
)
def test_the_policy_names_the_application(
    make: Callable[..., Realm], url: str, source: str
) -> None:
    """Else the browser does not follow the redirect after the form."""
    realm = make(url="https://login.example", login_urls=[url], cheap_hashing=False)
    policy = call(realm)[1]["Content-Security-Policy"]

    assert f"; form-action 'self' {source}; " in policy


@pytest.mark.parametrize(
    "path", ["/login?prompt=login", "/signup?prompt=login", "/accounts?force", "/nope"]
)
def test_pages_use_nothing_from_elsewhere(browser: Browser, path: str) -> None:
    """No script or style but in files of ours, no address of a stranger."""
    browser.log_in()
    text = browser.get(path, "*").text

    assert {*re.findall(r"<script[^>]*>(.*?)</script>", text)} == {""}
    assert not re.search(r"<\w+ [^>]*\bon\w+=", text)
    assert "style=" not in text
    assert "http" not in text.replace("http-equiv", "")
    assert '<html lang="en">' in text
    assert 'name="viewport"' in text


def test_cookies_over_http(browser: Browser) -> None:
    """On loopback the cookie has all but what needs https (RQ-C1)."""
    browser.get("/login")
    answer = browser.log_in()
    session, device = answer.headers.getall("Set-Cookie")

    assert session.startswith("arrealm=")
    assert set(session.split("; ")[1:]) == {"Path=/", "HttpOnly", "SameSite=Lax"}
    assert device.startswith("arrealm_device=")
    assert {"Path=/", "HttpOnly", "SameSite=Lax"} < set(device.split("; ")[1:])
    assert f"Max-Age={400 * 86_400}" in device


def test_cookies_over_https(make: Callable[..., Realm]) -> None:
    """AK-S06, AK-B08, RQ-C1: on https names are the host's, and pages stay there."""
    realm = make(url="https://login.example.com", cheap_hashing=False)
    realm.add_user("ada@example.com", PASSWORD)
    browser = Browser(realm, {"HTTP_HOST": "login.example.com"})
    browser.app.extra_environ["wsgi.url_scheme"] = "https"
    page = browser.app.get("https://login.example.com/login")
    answer = submit(page, email="ada@example.com", password=PASSWORD)
    session, device = answer.headers.getall("Set-Cookie")
    for cookie, start in (
        (page.headers["Set-Cookie"], "__Host-arrealm_form="),
        (session, "__Host-arrealm="),
        (device, "__Host-arrealm_device="),
    ):
        assert cookie.startswith(start)
        assert {"secure", "HttpOnly", "Path=/"} <= set(cookie.split("; ")[1:])
        assert "Domain" not in cookie
    assert "max-age=31536000" in page.headers["Strict-Transport-Security"]


def test_rq_c2_a_cookie_tells_nothing_of_a_person(browser: Browser) -> None:
    """It is random: no address and no id is in it, in base64 neither."""
    browser.get("/login")
    claims = claims_in(browser.log_in().location)
    assert {"arrealm", "arrealm_device"} <= browser.cookies.keys()
    for value in browser.cookies.values():
        told = value.encode()
        for word in re.findall(r"[\w-]+", value):
            told += base64.urlsafe_b64decode(word + "=" * (-len(word) % 4))

        assert len(value) <= 4096
        for fact in (claims["email"], claims["sub"], claims["sid"], claims["rid"]):
            assert fact.encode() not in told


@pytest.mark.parametrize(
    ("name", "kind"), [("realm.css", "text/css"), ("icon.svg", "image/svg+xml")]
)
def test_static_files(browser: Browser, name: str, kind: str) -> None:
    """They may be kept, and their address changes with them."""
    answer = browser.get(f"/static/{name}")

    assert answer.content_type == kind
    assert "public" in answer.headers["Cache-Control"]
    assert f"/static/{name}?" in browser.get("/login").text


@pytest.mark.parametrize(
    "name",
    ["nope.css", "..%2frealm.py", "../realm.py", "%00", "%C3%A9.css", "realm.css/"],
)
def test_no_other_file_is_served(browser: Browser, name: str) -> None:
    """The names are a list, not paths."""
    assert "Page not found" in browser.get(f"/static/{name}", 404).text


@pytest.mark.parametrize("path", ["/login", "/signup", "/profile", "/connect/jwks"])
@pytest.mark.parametrize(
    "method", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "X", "post"]
)
def test_other_methods_are_not_allowed(
    browser: Browser, path: str, method: str
) -> None:
    """And the answer says which are."""
    status, headers, _ = call(browser.realm, REQUEST_METHOD=method, PATH_INFO=path)

    assert status == 405
    assert "GET" in headers["Allow"]


def test_head_and_options(browser: Browser) -> None:
    """HEAD is a GET without a body; OPTIONS names the methods."""
    head = browser.app.head("/login")

    assert head.body == b""
    assert int(head.headers["Content-Length"]) > 0
    assert "POST" in browser.app.options("/login", status=204).headers["Allow"]


@pytest.mark.parametrize(
    ("url", "environ", "status"),
    [
        ("https://h.example/auth", {"PATH_INFO": "/auth/login"}, 200),
        ("https://h.example/auth", {"PATH_INFO": "/login"}, 200),
        (
            "https://h.example/auth",
            {"PATH_INFO": "/login", "SCRIPT_NAME": "/auth"},
            200,
        ),
        (
            "https://h.example/outer/auth",
            {"PATH_INFO": "/auth/login", "SCRIPT_NAME": "/outer"},
            200,
        ),
        ("https://h.example/auth", {"PATH_INFO": "/authx/login"}, 404),
        ("https://h.example/auth", {"PATH_INFO": "/auth"}, 302),
    ],
)
def test_below_a_prefix(
    make: Callable[..., Realm], url: str, environ: dict[str, str], status: int
) -> None:
    """The realm may live below a path, whether or not a proxy takes it away."""
    realm = make(url=url, cheap_hashing=False, hashing_slots=1)
    answers: list[Any] = []
    base = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "HTTP_HOST": "internal:8080",
        "wsgi.url_scheme": "http",
    }
    body = b"".join(
        realm.wsgi_app(base | environ, lambda *given: answers.append(given))
    )
    code, headers = answers[0][0], dict(answers[0][1])

    assert code.startswith(str(status))
    if status == 200:
        prefix = url.removeprefix("https://h.example")
        assert f'href="{prefix}/static/realm.css'.encode() in body
    if status == 302:
        assert headers["Location"] == "https://h.example/auth/login"


@pytest.mark.parametrize(
    ("host", "path", "location"),
    [
        ("localhost:8001", "/login?a=1", "http://127.0.0.1:8001/login?a=1"),
        ("[::1]:8001", "/profile", "http://127.0.0.1:8001/profile"),
        ("localhost:9999", "/login", None),
        ("evil.example", "/login", None),
        ("localhost:8001", "/connect/jwks", None),
        ("localhost:8001", "/%0d%0a", None),
    ],
)
def test_one_name_for_this_machine(
    make: Callable[..., Realm], host: str, path: str, location: str | None
) -> None:
    """``localhost`` and ``127.0.0.1`` do not share cookies: one leads to the other."""
    browser = Browser(with_people(make()), {"HTTP_HOST": host})
    answer = browser.get(path, "*")

    assert location == (answer.location if answer.status_int == 302 else None)


def test_a_foreign_host_never_shows_in_an_answer(make: Callable[..., Realm]) -> None:
    """Addresses are built from the settings, not from what a request says."""
    browser = Browser(with_people(make()), {"HTTP_HOST": "evil.example"})
    for path in PATHS:
        answer = browser.get(path, "*", **{"X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.text
        assert "evil.example" not in str(answer.headers)
