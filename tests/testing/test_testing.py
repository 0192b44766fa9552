"""The tools that ``arware.testing`` offers for other people's tests."""

from __future__ import annotations

import asyncio
import base64
import json
import urllib.error
import urllib.request
from typing import Any
from wsgiref.validate import validator

import pytest

from arware.asgi import Middleware as AsgiMiddleware
from arware.testing import Browser, MemoryRealm, signed_in
from arware.testing._calls import (
    Call,
    ProtocolBreach,
    Response,
    asgi_scope,
    call,
    call_asgi,
    call_wsgi,
    wsgi_environ,
)
from arware.wsgi import Middleware


@pytest.fixture(scope="module")
def memory_realm() -> MemoryRealm:
    """Return one realm, and so one key, for all tests here."""
    return MemoryRealm()


def echo(environ: Any, start_response: Any) -> list[bytes]:
    """Answer with what a WSGI application sees."""
    user = environ.get("authrocket.user")
    shown = {
        "mount": environ["SCRIPT_NAME"].encode("latin-1").decode(),
        "path": environ["PATH_INFO"].encode("latin-1").decode(),
        "query": environ["QUERY_STRING"],
        "user": user.id if user else None,
        "headers": {k: v for k, v in environ.items() if k.startswith("HTTP_")},
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(shown).encode()]


async def aecho(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what an ASGI application sees."""
    user = scope.get("authrocket.user")
    shown = {
        "mount": scope["root_path"],
        "path": scope["path"].removeprefix(scope["root_path"]),
        "query": scope["query_string"].decode(),
        "user": user.id if user else None,
        "headers": {
            f"HTTP_{name.decode().upper().replace('-', '_')}": value.decode()
            for name, value in scope["headers"]
        },
    }
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(shown).encode()})


APPLICATIONS = pytest.mark.parametrize("app", [validator(echo), aecho], ids=["w", "a"])


def segments(token: str) -> tuple[Any, Any]:
    """Return header and claims of *token*."""
    header, claims, _ = token.split(".")
    return tuple(
        json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        for part in (header, claims)
    )


# --- The realm ---


def test_s89_a_token_has_loginrocket_s_form(memory_realm: MemoryRealm) -> None:
    """Header kid and alg, no typ; the claims of AuthRocket, in that order."""
    header, claims = segments(memory_realm.token("alice", permissions=["docs:read"]))

    assert list(header.items()) == [("kid", memory_realm.kid), ("alg", "RS256")]
    assert list(claims) == [
        *("exp", "iat", "iss", "rid", "sid", "sub", "name", "email", "orgs")
    ]
    assert claims["iss"] == "https://authrocket.com"
    assert claims["sub"] == "usr_alice"
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["orgs"] == [
        {
            "oid": "org_acme",
            "name": "Acme",
            "perm": ["docs:read"],
            "selected": True,
            "mid": "mb_alice_acme",
        }
    ]


def test_claims_can_be_given_and_left_out(memory_realm: MemoryRealm) -> None:
    """Any claim by its name; ``None`` leaves one out; no org without ``org``."""
    token = memory_realm.token("bob", org=None, locale="fr", sid=None, rid="rl_2")
    _, claims = segments(token)

    assert claims["locale"] == "fr"
    assert claims["rid"] == "rl_2"
    assert "sid" not in claims
    assert "orgs" not in claims


def test_a_token_can_be_over(memory_realm: MemoryRealm) -> None:
    """A lifetime that is not above 0 makes a well-formed token of the past."""
    _, claims = segments(memory_realm.token(lifetime=-60))

    assert claims["iat"] < claims["exp"] < memory_realm.clock()


def test_pyjwt_agrees(memory_realm: MemoryRealm) -> None:
    """An independent implementation verifies it, by PEM and by key document."""
    import jwt

    token = memory_realm.token()
    key = jwt.PyJWK.from_dict(memory_realm.jwks()["keys"][0])
    options = {"algorithms": ["RS256"], "issuer": "https://authrocket.com"}

    by_pem = jwt.decode(token, memory_realm.public_key, **options)
    by_document = jwt.decode(token, key, **options)

    assert by_pem == by_document == segments(token)[1]


def test_the_realm_can_be_served() -> None:
    """Then adapters download its keys, and the downloads are counted."""
    realm = MemoryRealm()
    before = realm.url
    with realm.serve() as url:
        assert url == realm.url
        assert "jwt_key" not in realm.settings()
        with urllib.request.urlopen(f"{url}connect/jwks") as answer:
            assert json.load(answer) == realm.jwks()
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{url}login")
        caught.value.close()

    assert caught.value.code == 404
    assert realm.downloads == 1
    assert realm.url == before
    assert realm.settings()["jwt_key"] == realm.public_key


def test_a_served_realm_can_misbehave() -> None:
    """A subclass answers as badly as a test wants."""

    class Broken(MemoryRealm):
        def answer(self, path: str) -> tuple[int, str, bytes]:
            return 500, "text/html", b"<h1>Sorry</h1>"

    realm = Broken()
    with realm.serve():
        app = Middleware(echo, **realm.settings())
        headers = (("authorization", f"Bearer {realm.token()}"),)
        answer = call_wsgi(app, Call(headers=headers))

    assert answer.json()["user"] is None


def test_a_user_may_be_named_by_an_address(memory_realm: MemoryRealm) -> None:
    """The name before the sign is that of the id."""
    _, claims = segments(memory_realm.token("ada@example.org"))

    assert claims["sub"] == "usr_ada"
    assert claims["email"] == "ada@example.org"


# --- Calls ---


@APPLICATIONS
@pytest.mark.parametrize(
    ("target", "mount", "path", "query"),
    [
        ("/", "", "/", ""),
        ("/café", "", "/café", ""),
        ("/caf%C3%A9?x=%20", "", "/café", "x=%20"),
        ("/a%2Fb", "", "/a/b", ""),
        ("/a?b?c", "", "/a", "b?c"),
        ("/page", "/mount", "/page", ""),
        ("/page", "/é", "/page", ""),
        ("", "/mount", "", ""),
    ],
)
def test_paths_arrive_as_servers_send_them(
    app: Any, target: str, mount: str, path: str, query: str
) -> None:
    """Decoded, below the mount, in the text that each interface wants."""
    seen = call(app, Call(target=target, mount=mount)).json()

    assert (seen["mount"], seen["path"], seen["query"]) == (mount, path, query)


def test_the_raw_target_can_be_kept_back() -> None:
    """Servers tell it or do not; a test can be either."""
    told = Call(target="/a%2Fb?x=1", mount="/m")
    untold = Call(target="/a%2Fb?x=1", mount="/m", raw_target=False)

    assert wsgi_environ(told)["RAW_URI"] == "/m/a%2Fb?x=1"
    assert "RAW_URI" not in wsgi_environ(untold)
    assert asgi_scope(told)["raw_path"] == b"/m/a%2Fb"
    assert "raw_path" not in asgi_scope(untold)


def test_repeated_headers_are_joined_as_servers_do() -> None:
    """By commas in WSGI, cookies by semicolons; ASGI keeps them apart."""
    headers = (("x-a", "1"), ("X-A", "2"), ("cookie", "a=1"), ("cookie", "b=2"))
    environ = wsgi_environ(Call(headers=headers))

    assert environ["HTTP_X_A"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert len(asgi_scope(Call(headers=headers))["headers"]) == 5


def test_a_response_is_easy_to_ask() -> None:
    """Headers by any case; one that must be single says when it is not."""
    answer = Response(200, (("X-A", "1"), ("x-a", "2"), ("Y", "3")), b"{}")

    assert answer.all("X-a") == ["1", "2"]
    assert answer.header("y") == "3"
    assert answer.header("Z") is None
    assert answer.json() == {}
    assert answer.location == ""
    with pytest.raises(ProtocolBreach, match="2 times"):
        answer.header("x-a")


def _never_starts(environ: Any, start_response: Any) -> list[bytes]:
    return []


def _starts_late(environ: Any, start_response: Any) -> list[bytes]:
    return [b"body"]


def _starts_twice(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    start_response("200 OK", [])
    return []


@pytest.mark.parametrize("app", [_never_starts, _starts_late, _starts_twice])
def test_a_wsgi_application_that_breaks_the_rules_is_told(app: Any) -> None:
    """What no server would forgive is not forgiven here."""
    with pytest.raises(ProtocolBreach):
        call_wsgi(app, Call())


START = {"type": "http.response.start", "status": 200}
BODY = {"type": "http.response.body", "body": b""}


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [START],
        [BODY],
        [START, START],
        [START, BODY, BODY],
        [{"type": "http.response.start", "status": 200, "headers": [("a", "b")]}],
    ],
)
def test_an_asgi_application_that_breaks_the_rules_is_told(messages: Any) -> None:
    """Messages come in their order, and headers are bytes."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    with pytest.raises(ProtocolBreach):
        asyncio.run(call_asgi(app, Call()))


# --- The browser ---


def cookies(*lines: str) -> Any:
    """Return an application that sets cookies, at ``/set``."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        given = lines if environ["PATH_INFO"] == "/set" else ()
        headers = [("Content-Type", "text/plain")]
        start_response("200 OK", headers + [("Set-Cookie", line) for line in given])
        return [environ.get("HTTP_COOKIE", "").encode()]

    return validator(app)


@pytest.mark.parametrize(
    ("origin", "line", "kept"),
    [
        ("https://a.example", "n=v", True),
        ("https://a.example", "n=v; Secure; HttpOnly; SameSite=Lax; Path=/", True),
        ("http://a.example", "n=v; Secure", False),
        ("http://localhost", "n=v; Secure", True),
        ("https://a.example", "__Host-n=v; Secure; Path=/", True),
        ("https://a.example", "__Host-n=v; Path=/", False),
        ("https://a.example", "__Host-n=v; Secure", False),
        ("https://a.example", "__Host-n=v; Secure; Path=/; Domain=a.example", False),
        ("http://localhost", "__Host-n=v; Secure; Path=/", False),
        ("https://a.example", "n=v; Max-Age=0", False),
        ("https://a.example", "n=v; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("https://a.example", "n=" + "v" * 4096, False),
    ],
)
def test_cookies_are_kept_as_browsers_keep_them(
    origin: str, line: str, kept: bool
) -> None:
    """What a browser refuses is refused, so that a test cannot pass in error."""
    browser = Browser(cookies(line), origin)
    browser.get("/set")

    assert (browser.get("/").body != b"") == kept


def test_cookies_end() -> None:
    """By the browser's clock."""
    now = 1000.0
    browser = Browser(cookies("a=1; Max-Age=60", "b=2"), clock=lambda: now)
    browser.get("/set")

    assert browser.get("/").text == "a=1; b=2"

    now = 1061.0

    assert browser.get("/").text == "b=2"


@APPLICATIONS
@pytest.mark.parametrize(
    ("origin", "sent"),
    [
        ("https://a.example", True),
        ("http://127.0.0.1:1", True),
        ("http://a.example", False),
    ],
)
def test_fetch_metadata_is_for_trustworthy_origins(
    app: Any, origin: str, sent: bool
) -> None:
    """Browsers send Sec-Fetch-* over https and on loopback only."""
    headers = Browser(app, origin).get("/").json()["headers"]

    assert ("HTTP_SEC_FETCH_SITE" in headers) == sent
    assert "text/html" in headers["HTTP_ACCEPT"]


@APPLICATIONS
def test_a_click_comes_from_the_page_shown(app: Any) -> None:
    """With its URL as referrer, wherever the link is relative to it."""
    browser = Browser(app, mount="/m")
    browser.get("/a/b?x=1")
    seen = browser.click("c").json()

    assert seen["path"] == "/a/c"
    assert seen["headers"]["HTTP_REFERER"] == "http://localhost/m/a/b?x=1"
    assert seen["headers"]["HTTP_SEC_FETCH_SITE"] == "same-origin"


@APPLICATIONS
def test_a_click_does_not_leave(app: Any) -> None:
    """Other sites are not here, and neither is what lies outside of the mount."""
    browser = Browser(app, mount="/m")
    with pytest.raises(ValueError, match="would leave"):
        browser.click("https://other.example/")
    with pytest.raises(ValueError, match="outside"):
        browser.click("/elsewhere")


def test_redirects_are_followed_on_request() -> None:
    """Inside the application, with the site that the walk began with."""
    seen: list[tuple[str, str]] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        path = environ["PATH_INFO"]
        seen.append((environ["REQUEST_METHOD"], environ["HTTP_SEC_FETCH_SITE"]))
        targets = {"/a": "/b", "/b": "http://localhost/c", "/out": "http://x.example/"}
        headers = [("Content-Type", "text/plain")]
        if path in targets:
            start_response("303 See Other", [*headers, ("Location", targets[path])])
        else:
            start_response("200 OK", headers)
        return [path.encode()]

    browser = Browser(validator(app))
    answer = browser.post("/a", {"x": "1"}, follow=True)

    assert answer.text == "/c"
    assert seen == [("POST", "same-origin"), *[("GET", "same-origin")] * 2]
    assert browser.get("/a").status == 303
    assert browser.get("/out", follow=True).location == "http://x.example/"


@pytest.mark.parametrize(
    ("adapter", "app"), [(Middleware, echo), (AsgiMiddleware, aecho)], ids=["w", "a"]
)
@pytest.mark.parametrize("origin", ["http://localhost", "https://a.example"])
def test_signed_in_is_all_that_most_tests_need(
    memory_realm: MemoryRealm, adapter: Any, app: Any, origin: str
) -> None:
    """One line, and the browser is somebody's."""
    guarded = adapter(app, **memory_realm.settings())
    browser = signed_in(guarded, memory_realm, "alice", origin=origin)

    assert browser.get("/page").json()["user"] == "usr_alice"
    assert browser.get("/logout").status == 302
    assert browser.get("/page").json()["user"] is None


def test_signed_in_says_when_nobody_is_there_to_log_in(
    memory_realm: MemoryRealm,
) -> None:
    """An application without an adapter is told how to make one."""
    with pytest.raises(ValueError, match=r"realm\.settings"):
        signed_in(validator(echo), memory_realm)


def test_the_way_through_the_login_page(memory_realm: MemoryRealm) -> None:
    """``come_back`` plays LoginRocket: from the redirect to the page, with a token."""
    app = Middleware(echo, **memory_realm.settings(require_login=True))
    browser = Browser(app)
    answer = browser.get("/page?x=1")
    page = browser.come_back(answer, memory_realm.token("bob"), follow=True)

    assert answer.location.startswith(f"{memory_realm.url}login?redirect_uri=")
    assert page.url == "http://localhost/page?x=1"
    assert page.json()["user"] == "usr_bob"


def test_a_websocket_can_be_opened(memory_realm: MemoryRealm) -> None:
    """All that the application sends comes back in a list."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        said = await receive()
        user = scope["authrocket.user"]
        await send({"type": "websocket.send", "text": f"{user.id}: {said['text']}"})
        await send({"type": "websocket.close"})

    guarded = AsgiMiddleware(app, **memory_realm.settings())
    browser = signed_in(guarded, memory_realm)

    assert browser.websocket("/", ["hello"])[1]["text"] == "usr_alice: hello"


def test_what_is_there_is_imported_when_it_is_used() -> None:
    """And nothing else has a name."""
    import arware.testing

    assert all(getattr(arware.testing, name) for name in arware.testing.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'arware_realm'"):
        arware.testing.arware_realm  # noqa: B018 - that it is read is what is tested
