"""Faults that were found from outside, each by its number, through every adapter."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import bottle
import flask
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyramid.config import Configurator
from starlette.applications import Starlette
from starlette.middleware import Middleware as Layer
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import PlainTextResponse as Plain

from arware import asgi, wsgi
from arware import bottle as bottle_adapter
from arware import fastapi as fastapi_adapter
from arware.errors import ConfigurationError
from arware.flask import AuthRocket
from arware.settings import Fault
from arware.starlette import install
from arware.testing import Browser, MemoryRealm
from arware.testing._calls import Call, call_websocket
from arware.tokens.jwt import TOKEN_CHARACTERS
from tests.settings.samples import SECRET, RealmWithSecret

from .conftest import ORIGIN, Clock, Site, SiteMaker, logins
from .hosts import HOST, HOSTS

#: Hosts whose framework lets an exception be seen from outside.
SWALLOWING = ("falcon",)
TELLING = [host for host in HOSTS if host.name not in SWALLOWING]

CONTROLS = ["%0a", "%0d", "%00", "%09", "%1f", "%7f", "%c2%85", "%c2%9f"]


@pytest.mark.parametrize("control", CONTROLS)
def test_f1_a_control_character_opens_nothing(adapter: SiteMaker, control: str) -> None:
    """Routes of Pyramid and Starlette match before a line feed at the end."""
    site = adapter(require_login=["/page"])
    for path in (f"/page{control}", f"/{control}page", f"/page{control}/x"):
        assert site.browser().fetch(path).status == 401

    exempt = adapter(require_login=True, exempt=["/page"])
    assert exempt.browser().fetch(f"/page{control}").status == 401


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("name", ["asgi", "starlette", "fastapi"])
def test_f1_a_control_character_opens_no_websocket(
    make_site: SiteMaker, name: str, control: str
) -> None:
    """It is closed before its handshake is accepted."""
    site = make_site(HOST[name], require_login=["/ws"])
    messages = site.browser().websocket(f"/ws{control}")

    assert [message["type"] for message in messages] == ["websocket.close"]


# --- Paths that headers and spellings move -------------------------------------------


def traversed(realm: MemoryRealm, **options: Any) -> Any:
    """Return a Pyramid application that finds views by traversal."""

    class Node(dict[str, Any]):
        def __getitem__(self, name: str) -> Node:
            if name.startswith("@@"):
                raise KeyError(name)
            return Node()

    def secret(request: Any) -> str:
        return "secret"

    values = {f"authrocket.{k}": v for k, v in (realm.settings() | options).items()}
    with Configurator(settings=values, root_factory=lambda request: Node()) as config:
        config.include("arware")
        config.add_view(secret, name="secret", renderer="string")
        config.add_view(lambda request: "open", renderer="string")
        return config.make_wsgi_app()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    before=st.sampled_from(["", "/", "/open", "/open/x", "/.", "/open/.."]),
    view=st.sampled_from(
        ["secret", "@@secret", "%40%40secret", "secret/", "secret%0a"]
    ),
    header=st.sampled_from(
        [
            {},
            {"X-Vhm-Root": "/secret"},
            {"x-vhm-root": "/open/@@"},
            {"X-VHM-ROOT": "/@@"},
        ]
    ),
)
def test_f2_no_spelling_and_no_header_opens_a_view(realm, before, view, header) -> None:
    """``/secret`` needs a login, wherever traversal finds it, or the path is exempt."""
    app = _application(realm)
    answer = Browser(app, ORIGIN).fetch(f"{before}/{view}", headers=header)
    named = [segment for segment in f"{before}/{view}".split("/") if segment]
    is_plain = named[0] == "open" and "@" not in view and "%" not in view
    is_plain = is_plain and ".." not in before and not header

    assert answer.status == 401 or (is_plain and answer.text in ("secret", "open"))


_made: dict[int, Any] = {}


def _application(realm: MemoryRealm) -> Any:
    """Return the application of a test, made once."""
    app = _made.get(id(realm))
    if app is None:
        _made.clear()
        app = traversed(realm, require_login="true", exempt="/open")
        _made[id(realm)] = app
    return app


def test_f2_the_examples(realm: MemoryRealm) -> None:
    """As they were found."""
    by_prefix = traversed(realm, require_login="/secret")
    exempt = traversed(realm, require_login="true", exempt="/open")
    moved = {"X-Vhm-Root": "/admin/area/@@"}

    assert Browser(by_prefix, ORIGIN).fetch("/@@secret").status == 401
    assert Browser(by_prefix, ORIGIN).fetch("/open").text == "open"
    assert Browser(exempt, ORIGIN).fetch("/open").text == "open"
    assert Browser(exempt, ORIGIN).fetch("/open", headers=moved).status == 401


# --- Documents only ----------------------------------------------------

SUBRESOURCES = [
    {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors"},
    {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"},
    {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"},
    {"Sec-Fetch-Dest": "object", "Sec-Fetch-Mode": "navigate"},
]
AHEAD = [
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Moz": "prefetch"},
    {"X-Sec-Purpose": "prefetch"},
    {"X-Purpose": "preview"},
    {"HX-Preloaded": "true"},
]


@pytest.mark.parametrize("headers", SUBRESOURCES)
def test_f3_f4_images_frames_and_fetches_change_nothing(
    site: Site, headers: Any
) -> None:
    """They never log in, not even with a state, and never out."""
    browser = site.browser()
    start = browser.get("/login")
    (back,) = parse_qs(urlsplit(start.location).query)["redirect_uri"]
    target = back.removeprefix(ORIGIN)
    browser.arrive(target, site.token("mallory"), site="same-origin", headers=headers)
    assert browser.get("/").json()["user"] is None

    member = site.member("alice")
    before = dict(member.cookies)
    answer = member.get("/logout", site="same-origin", headers=headers)
    assert answer.status == 200
    assert member.cookies == before
    assert member.get("/").json()["user"] == "usr_alice"


@pytest.mark.parametrize("headers", AHEAD)
def test_f4_what_is_fetched_ahead_changes_nothing(site: Site, headers: Any) -> None:
    """Logout, callback and the start of a login: the browser is to come again."""
    member = site.member("alice")
    before = dict(member.cookies)
    token = site.token("alice")
    for path in ("/logout", "/login", f"/page?token={token}"):
        answer = member.get(path, site="same-origin", headers=headers)

        assert answer.status == 503
        assert answer.header("Cache-Control") == "no-store"
        assert answer.all("Set-Cookie") == []
    assert member.cookies == before
    assert member.get("/").json()["user"] == "usr_alice"


def test_a_frame_that_needs_a_login_is_told_in_json(site: Site) -> None:
    """A login page in a frame would be of no use."""
    headers = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}

    assert site.browser().get("/private", headers=headers).status == 401


# --- Who a framework is told is there ------------------------------------------------

SPELLINGS = ["Remote-User", "remote-user", "REMOTE-USER", "Remote_User", "remote_user"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_f5_no_client_says_who_is_there(make_site: SiteMaker, spelling: str) -> None:
    """The header of a Django application on ASGI is ours alone."""
    site = make_site(HOST["django-asgi"], remote_user=True)
    headers = {spelling: "usr_admin"}

    assert site.browser().get("/", headers=headers).json()["remote_user"] is None
    answer = site.member("alice").get("/", headers=headers)
    assert answer.json()["remote_user"] in ("usr_alice", None)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_f5_the_application_never_sees_the_header(
    realm: MemoryRealm, clock: Clock, interface: str, spelling: str
) -> None:
    """Whatever it makes of it."""
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append([environ.get("HTTP_REMOTE_USER"), environ.get("REMOTE_USER")])
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]

    async def aapp(scope: Any, receive: Any, send: Any) -> None:
        names = ("remote-user", "remote_user")
        found = [v for n, v in scope["headers"] if n.decode().lower() in names]
        seen.append([None, *(value.decode() for value in found)])
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    middleware, made = (wsgi, app) if interface == "wsgi" else (asgi, aapp)
    values = realm.settings(clock=clock, remote_user=True)
    site = Site(middleware.Middleware(made, **values), HOST[interface], realm, clock)
    site.browser().get("/", headers={spelling: "usr_admin"})
    site.member("alice").get("/", headers={spelling: "usr_admin"})

    assert [value for row in seen[:1] for value in row if value] == []
    assert [value for value in seen[-1] if value] == ["usr_alice"]


# --- Refusals ----------------------------------------------------


@pytest.mark.parametrize("host", TELLING, ids=str)
def test_f7_a_refusal_that_was_caught_hides_no_fault(
    make_site: SiteMaker, host
) -> None:
    """The application's own failure is a 500, or comes through as it is."""
    site = make_site(host)
    try:
        answer = site.member("alice").get("/caught-then-crash")
    except ZeroDivisionError:
        return

    assert answer.status == 500


@pytest.mark.parametrize("path", ["/refused-by-another", "/refused-in-a-group"])
@pytest.mark.parametrize("host", TELLING, ids=str)
def test_f7_a_refusal_inside_another_error_counts(
    make_site: SiteMaker, host: Any, path: str
) -> None:
    """A task group, or an error that was raised from it, is the refusal's."""
    assert make_site(host).member("alice").get(path).status == 403


def test_f11_who_is_logged_in_is_not_sent_to_log_in(site: Site) -> None:
    """A page says who, and offers to switch; programs are told in JSON."""
    member = site.member("alice")
    page = member.get("/login-required")
    program = member.fetch("/login-required")
    (switch,) = re.findall(r'href="([^"]*)">Switch account', page.text)

    assert page.status == program.status == 403
    assert "You are logged in as <bdi>alice@example.com</bdi>" in page.text
    assert program.json() == {"error": "forbidden"}
    start = member.click(unescape(switch))
    assert parse_qs(urlsplit(start.location).query)["prompt"] == ["login"]


def test_f10_claims_show_what_they_hold(adapter: SiteMaker) -> None:
    """A mark that turns text around is written out on each page with a name."""
    site = adapter()
    email = "a\u202emoc.elpmaxe@b"
    question = site.browser().arrive("/", site.token("bob", email=email))
    page = site.member("bob", email=email).get("/forbidden")

    for answer in (question, page):
        assert "\u202e" not in answer.text
        assert "<bdi>a[U+202E]moc.elpmaxe@b</bdi>" in answer.text


# --- Loops and crowds ----------------------------------------------------


def test_f13_a_session_with_too_many_logins_is_out_as_a_whole(site: Site) -> None:
    """And comes in again by a fresh login, without going round in circles."""
    browser = site.browser()
    token = site.token("alice", sid="kss_1")
    bearer = {"Authorization": f"Bearer {token}"}
    for _ in range(102):
        answer = browser.arrive("/", token, site=None)
    refused = site.browser().arrive("/private", token, site=None)
    (again,) = re.findall(r'class="act" href="([^"]*)"', refused.text)

    assert answer.status in (200, 303)
    assert site.browser().fetch("/", headers=bearer).json()["reason"] == "revoked"
    assert refused.status == 401
    assert parse_qs(urlsplit(unescape(again)).query)["prompt"] == ["login"]
    assert site.member("alice", sid="kss_2").get("/").json()["user"] == "usr_alice"


def test_a_proxy_that_drops_the_login_ends_on_a_page(site: Site) -> None:
    """Within three round trips, though small cookies pass."""
    browser = site.browser()
    start = browser.get("/private")
    callback = browser.come_back(start, site.token())
    assert callback.status == 303
    for name in logins(browser):
        del browser.cookies[name]
    answer = browser.get("/private")

    assert answer.status == 400
    assert "Your browser did not keep our cookie" in answer.text


@pytest.mark.parametrize(
    ("root", "path"),
    [("/shop", "/shop/page"), ("/shop/", "/shop/page"), ("/shop/", "/shop//page")],
)
def test_f15_a_slash_at_the_end_of_a_root_path_means_nothing(
    realm: MemoryRealm, clock: Clock, root: str, path: str
) -> None:
    """Servers put the path right behind it."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["authrocket.auth"].links.login_path)
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    values = realm.settings(clock=clock, require_login=["/members"], ignore=["/static"])
    adapter = asgi.Middleware(app, **values)

    async def ask(target: str) -> list[Any]:
        messages: list[Any] = []

        async def send(message: Any) -> None:
            messages.append(message)

        async def receive() -> Any:
            return {"type": "http.request"}

        scope = {"type": "http", "method": "GET", "path": target, "root_path": root,
                 "query_string": b"", "headers": [], "scheme": "https"}  # fmt: skip
        await adapter(scope, receive, send)
        return messages

    opened = asyncio.run(ask(path))
    closed = asyncio.run(ask(path.replace("page", "members")))
    ignored = asyncio.run(ask(path.replace("page", "static/x")))

    assert seen == ["/shop/login"] * 2
    assert [answer[0]["status"] for answer in (opened, closed, ignored)] == [
        200,
        401,
        200,
    ]
    assert b"vary" not in dict(ignored[0]["headers"])


# --- Clear answers ----------------------------------------------------


def failing(kind: str, outcome: str) -> Any:
    """Return an application whose CORS layer answers for what it raised."""
    from arware.errors import LoginRequired

    kept = [("Access-Control-Allow-Origin", "https://spa.example"),
            ("Set-Cookie", "session=; Max-Age=0"), ("Vary", "Origin"),
            ("Content-Type", "text/plain"), ("X-Other", "1")]  # fmt: skip

    def act(auth: Any) -> str:
        if outcome == "logout":
            auth.logout()
            return "200 OK"
        try:
            raise LoginRequired
        except LoginRequired:
            return "500 Internal Server Error"

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response(act(environ["authrocket.auth"]), kept)
        return [b"x"]

    async def aapp(scope: Any, receive: Any, send: Any) -> None:
        status = int(act(scope["authrocket.auth"])[:3])
        headers = [(n.lower().encode(), v.encode()) for n, v in kept]
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": b"x"})

    return (wsgi.Middleware, app) if kind == "wsgi" else (asgi.Middleware, aapp)


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
@pytest.mark.parametrize(("outcome", "status"), [("refusal", 401), ("logout", 302)])
def test_f17_a_replaced_answer_keeps_what_still_holds(
    realm: MemoryRealm, clock: Clock, kind: str, outcome: str, status: int
) -> None:
    """So that scripts can read why, and the application's own session ends."""
    middleware, app = failing(kind, outcome)
    site = Site(
        middleware(app, **realm.settings(clock=clock)), HOST[kind], realm, clock
    )
    browser = site.member("alice") if outcome == "logout" else site.browser()
    answer = browser.fetch("/")

    assert answer.status == status
    assert answer.header("Access-Control-Allow-Origin") == "https://spa.example"
    assert "session=; Max-Age=0" in answer.all("Set-Cookie")
    assert answer.header("Vary") == "Cookie, Authorization, Origin"
    assert answer.header("X-Other") is None


def sized(site: Site, size: int) -> str:
    """Return a token of exactly so many characters."""
    filler = 1
    for _ in range(60):
        token = site.token("alice", cs={"x": "y" * filler})
        if len(token) >= size:
            break
        filler += max(1, (size - len(token)) * 3 // 4 - 2)
    assert len(token) in (size, size + 1)
    return token


def test_f19_the_longest_token_logs_in_with_four_cookies(site: Site) -> None:
    """The limit of tokens is that of the cookies."""
    token = sized(site, TOKEN_CHARACTERS - 1)
    browser = site.browser()
    answer = browser.arrive("/", token, site=None)

    assert answer.status == 303
    assert len(logins(browser)) == 4
    assert browser.get("/").json()["user"] == "usr_alice"


def test_f19_a_longer_one_is_told_with_size_and_limit(site: Site, caplog) -> None:
    """On the page and in one line of the log, which holds no token."""
    token = sized(site, TOKEN_CHARACTERS + 1)
    told = f"{len(token):,} characters, and at most {TOKEN_CHARACTERS:,}"
    page = site.browser().arrive("/private", token, site=None)
    lines = [r.getMessage() for r in caplog.records if r.levelname == "ERROR"]

    assert page.status == 401
    assert told in unescape(page.text)
    assert len([line for line in lines if told in line]) == 1
    assert token[:50] not in caplog.text


@pytest.mark.parametrize("name", ["asgi", "starlette", "fastapi"])
def test_f23_a_foreign_origin_is_a_reason(
    make_site: SiteMaker, name: str, caplog
) -> None:
    """And a debug line, for who wonders why the cookie does not count."""
    site = make_site(HOST[name])
    member = site.member("alice")
    cookie = ("cookie", member.cookie_header())
    call = Call("GET", "/ws", (("origin", "https://evil.example"), cookie), b"", ORIGIN)
    with caplog.at_level("DEBUG", "arware"):
        asyncio.run(call_websocket(site.app, call))

    assert "nobody is logged in: foreign_origin" in caplog.text


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_f24_a_login_that_comes_too_late_says_so(
    realm: MemoryRealm, clock: Clock, kind: str
) -> None:
    """Once the answer has begun no cookie can be set."""
    from arware.errors import ResponseStarted

    token = realm.token("alice")
    told: list[Exception] = []

    def log_in(auth: Any) -> None:
        try:
            auth.login(token)
        except ResponseStarted as error:
            told.append(error)

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        log_in(environ["authrocket.auth"])
        return [b"x"]

    async def aapp(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        log_in(scope["authrocket.auth"])
        await send({"type": "http.response.body", "body": b"x"})

    made = (wsgi.Middleware, app) if kind == "wsgi" else (asgi.Middleware, aapp)
    values = realm.settings(clock=clock, jwt_key=realm.public_key)
    browser = Browser(made[0](made[1], **values), ORIGIN, clock=clock)

    assert browser.get("/").all("Set-Cookie") == []
    assert len(told) == 1
    assert "before the response begins" in str(told[0])


def test_f29_the_link_s_way_back_stays_ours(site: Site) -> None:
    """Whatever a stranger's link asks for."""
    for asked in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/logout",
    ):
        start = site.browser().get(f"/login?redirect_uri={quote(asked)}")
        (back,) = parse_qs(urlsplit(start.location).query)["redirect_uri"]

        assert site.is_login(start)
        assert urlsplit(back).netloc == "app.example"
        assert not urlsplit(back).path.startswith("/logout")


# --- Bad input ---------------------------------------------------------------------

INTEGRATIONS = ("wsgi", "asgi", "pyramid", "bottle", "flask", "starlette", "fastapi")
ELSEWHERE = "https://example.e2.loginrocket.com/"


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return what sets the environment, which holds no settings."""
    for name in os.environ:
        if re.match("AUTHROCKET_|LOGINROCKET_|ARWARE_(?!REQUIRE)", name):
            monkeypatch.delenv(name)
    return monkeypatch


def faults_in(make: Callable[[], object]) -> list[Fault]:
    """Return the faults that *make* raises."""
    with pytest.raises(ConfigurationError) as caught:
        make()
    assert all(fault.fix for fault in caught.value.faults)
    return list(caught.value.faults)


@pytest.mark.parametrize("name", INTEGRATIONS)
def test_without_settings_it_says_what_is_missing(name: str, environ: Any) -> None:
    """At once, each with the variable to set."""
    faults = faults_in(HOST[name].build)

    assert [(fault.setting, fault.variable) for fault in faults] == [
        ("cookie_secret", "AUTHROCKET_COOKIE_SECRET"),
        ("loginrocket_url", "LOGINROCKET_URL"),
    ]


@pytest.mark.parametrize("name", INTEGRATIONS)
def test_a_variable_with_a_wrong_prefix_is_named(name: str, environ: Any) -> None:
    """It says how the variable is to be called."""
    environ.setenv("ARWARE_COOKIE_SECRET", SECRET)
    environ.setenv("AUTHROCKET_LOGINROCKET_URL", ELSEWHERE)

    assert [str(fault) for fault in faults_in(HOST[name].build)] == [
        ("cookie_secret (AUTHROCKET_COOKIE_SECRET): it is missing, but "
         "ARWARE_COOKIE_SECRET is set. Rename that to AUTHROCKET_COOKIE_SECRET"),
        ("loginrocket_url (LOGINROCKET_URL): it is missing, but "
         "AUTHROCKET_LOGINROCKET_URL is set. Rename that to LOGINROCKET_URL"),
    ]  # fmt: skip


def in_flask(config: dict[str, str]) -> None:
    """Install in a Flask application with *config*."""
    app = flask.Flask(__name__)
    app.config.update(config)
    AuthRocket(app)


def in_pyramid(settings: dict[str, str]) -> None:
    """Include in a Pyramid application with *settings*."""
    Configurator(settings=settings).include("arware")


@pytest.mark.parametrize(
    ("install", "prefix", "right"),
    [
        (in_flask, "ARWARE_", "AUTHROCKET_"),
        (in_flask, "authrocket.", "AUTHROCKET_"),
        (in_pyramid, "arware.", "authrocket."),
        (in_pyramid, "authrocket_", "authrocket."),
        (in_pyramid, "AUTHROCKET_", "authrocket."),
    ],
)
def test_settings_with_a_wrong_prefix_are_told_apart(
    install: Any, prefix: str, right: str, environ: Any
) -> None:
    """Each once, and none of them is called missing as well."""
    values = {"cookie_secret": SECRET, "loginrocket_url": ELSEWHERE}
    upper = prefix.isupper()
    given = {prefix + (n.upper() if upper else n): v for n, v in values.items()}
    faults = faults_in(lambda: install(given))

    assert [fault.setting for fault in faults] == list(given)
    assert {fault.fix.lower() for fault in faults} == {
        f"write {right}{name}".lower() for name in values
    }
    assert SECRET not in str(faults)


@pytest.mark.parametrize("name", INTEGRATIONS)
@pytest.mark.parametrize("is_in_environment", [True, False])
def test_a_realm_here_and_a_login_elsewhere_are_one_fault(
    name: str, is_in_environment: bool, environ: Any
) -> None:
    """People would log in at one place and be known at the other."""
    values = {} if is_in_environment else {"loginrocket_url": ELSEWHERE}
    if is_in_environment:
        environ.setenv("LOGINROCKET_URL", ELSEWHERE)
    realm = RealmWithSecret()
    [fault] = faults_in(lambda: HOST[name].build(local_realm=realm, **values))

    assert fault.setting == "loginrocket_url"
    assert fault.fix == "Take one of the two out"


def twice_in_bottle(settings: dict[str, Any]) -> None:
    """Install two plugins."""
    app = bottle.Bottle()
    app.install(bottle_adapter.Plugin(**settings))
    app.install(bottle_adapter.Plugin(**settings))


def twice_in_flask(settings: dict[str, Any]) -> None:
    """Install two extensions."""
    app = flask.Flask(__name__)
    AuthRocket(app, **settings)
    AuthRocket(app, **settings)


def twice_in_starlette(settings: dict[str, Any]) -> None:
    """Install twice."""
    app = Starlette()
    install(app, **settings)
    install(app, **settings)


def twice_in_fastapi(settings: dict[str, Any]) -> None:
    """Install twice, by both names."""
    app = FastAPI()
    fastapi_adapter.install(app, **settings)
    install(app, **settings)


@pytest.mark.parametrize(
    "act", [twice_in_bottle, twice_in_flask, twice_in_starlette, twice_in_fastapi]
)
def test_a_second_installation_is_one_fault(act: Any, realm: MemoryRealm) -> None:
    """Two of them would contradict one another."""
    [fault] = faults_in(lambda: act(realm.settings()))

    assert "already" in fault.problem


@pytest.mark.parametrize("name", ["wsgi", "asgi"])
def test_a_second_middleware_is_the_first_one_s(
    name: str, realm: MemoryRealm, clock: Clock
) -> None:
    """Raw ones may stand in one another: with the same settings they are one."""
    kind: Any = {"wsgi": wsgi, "asgi": asgi}[name].Middleware
    values = realm.settings(clock=clock)
    site = Site(kind(HOST[name].build(**values), **values), HOST[name], realm, clock)

    assert site.member("alice").get("/").json()["user"] == "usr_alice"


def test_a_second_include_is_the_first_one(realm: MemoryRealm) -> None:
    """As Pyramid has it: whoever needs us may say so."""
    values = {f"authrocket.{n}": v for n, v in realm.settings().items()}
    config = Configurator(settings=values)
    config.include("arware")
    config.include("arware.pyramid")

    assert config.make_wsgi_app()


def late_in_pyramid(settings: dict[str, Any]) -> None:
    """Include once the application is made."""
    values = {f"authrocket.{n}": v for n, v in settings.items()}
    config = Configurator(settings=values)
    app = config.make_wsgi_app()
    Browser(app).get("/")
    config.include("arware")


def late_in_flask(settings: dict[str, Any]) -> None:
    """Install once the application has answered."""
    app = flask.Flask(__name__)
    app.test_client().get("/")
    AuthRocket(app, **settings)


def late_in_starlette(settings: dict[str, Any]) -> None:
    """Install once the application has answered."""
    app = Starlette()
    Browser(app).get("/")
    install(app, **settings)


def late_in_fastapi(settings: dict[str, Any]) -> None:
    """Install once the application has answered."""
    app = FastAPI()
    Browser(app).get("/")
    install(app, **settings)


@pytest.mark.parametrize(
    "act", [late_in_pyramid, late_in_flask, late_in_starlette, late_in_fastapi]
)
def test_an_installation_after_the_first_request_is_one_fault(
    act: Any, realm: MemoryRealm
) -> None:
    """It would have no effect, or half of one."""
    [fault] = faults_in(lambda: act(realm.settings()))

    assert re.search("application has (been made|answered|started)", fault.problem)


def test_bottle_takes_a_plugin_at_any_time(realm: MemoryRealm, clock: Clock) -> None:
    """As it takes all plugins: from then on it is there."""
    app = bottle.Bottle()
    app.route("/", callback=lambda: bottle.request.environ["authrocket.user"].id)
    Browser(app).get("/nothing")
    app.install(bottle_adapter.Plugin(**realm.settings(clock=clock)))
    site = Site(app, HOST["bottle"], realm, clock)

    assert site.member("alice").get("/").text == "usr_alice"


# --- The wrong order ---------------------------------------------------------------


def around_cors(app: Any, settings: dict[str, Any]) -> Any:
    """Put the adapter around an application with a layer for CORS."""
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    return asgi.Middleware(app, **settings)


def added_after_cors(app: Any, settings: dict[str, Any]) -> Any:
    """Add the adapter after the layer for CORS."""
    app.add_middleware(CORSMiddleware, allow_origins=["*"])
    app.add_middleware(asgi.Middleware, **settings)
    return app


def with_sessions_inside(app: Any, settings: dict[str, Any]) -> Any:
    """Put sessions inside of the integration, by hand."""
    install(app, **settings)
    app.user_middleware.append(Layer(SessionMiddleware, secret_key="x" * 32))
    return app


@pytest.mark.parametrize("make_app", [Starlette, FastAPI])
@pytest.mark.parametrize(
    ("arrange", "name"),
    [
        (around_cors, "CORSMiddleware"),
        (added_after_cors, "CORSMiddleware"),
        (with_sessions_inside, "SessionMiddleware"),
    ],
)
def test_what_belongs_outside_and_is_inside_is_one_fault(
    make_app: Any, arrange: Any, name: str, realm: MemoryRealm
) -> None:
    """At start, or at the first request, where the framework arranges it then."""
    values = realm.settings(require_login=True)
    [fault] = faults_in(lambda: Browser(arrange(make_app(), values)).get("/"))

    assert name in fault.problem
    assert "install(app)" in fault.fix


def test_cors_may_be_inside_where_no_path_needs_a_login(realm: MemoryRealm) -> None:
    """The application's own refusals pass it."""
    app = around_cors(Starlette(), realm.settings())

    assert Browser(app).get("/").status == 404


@pytest.mark.parametrize("name", ["app", "user_middleware"])
def test_an_application_that_is_not_ready_to_be_looked_at_starts(
    name: str, realm: MemoryRealm
) -> None:
    """What its attributes raise is no fault of the order."""

    def fail(app: Any) -> Any:
        raise RuntimeError("not built yet")

    class Lazy:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await Plain("ok")(scope, receive, send)

    setattr(Lazy, name, property(fail))
    app = asgi.Middleware(Lazy(), **realm.settings(require_login=["/private"]))

    assert Browser(app).get("/").text == "ok"


def cors_first(app: Any, settings: dict[str, Any]) -> None:
    """Install after the layers."""
    app.add_middleware(CORSMiddleware, allow_origins=["https://spa.example"])
    app.add_middleware(SessionMiddleware, secret_key="x" * 32)
    install(app, **settings)


def cors_last(app: Any, settings: dict[str, Any]) -> None:
    """Install before the layers."""
    install(app, **settings)
    app.add_middleware(SessionMiddleware, secret_key="x" * 32)
    app.add_middleware(CORSMiddleware, allow_origins=["https://spa.example"])


@pytest.mark.parametrize("make_app", [Starlette, FastAPI])
@pytest.mark.parametrize("arrange", [cors_first, cors_last])
def test_no_order_is_wrong_for_the_integration(
    make_app: Any, arrange: Any, realm: MemoryRealm, clock: Clock
) -> None:
    """Scripts of other origins read that they must log in, and the session is seen."""
    app = make_app()
    arrange(app, realm.settings(clock=clock, require_login=True))
    app.add_route("/", lambda request: Plain(str(request.session.get("x"))))
    site = Site(app, HOST["starlette"], realm, clock)
    headers = {"Origin": "https://spa.example"}
    refused = site.browser().fetch("/", headers=headers)

    assert refused.status == 401
    assert refused.header("Access-Control-Allow-Origin") == "https://spa.example"
    assert site.member("alice").get("/").text == "None"


@pytest.mark.parametrize("separator", [" ", "\n"])
def test_pyramid_s_tweens_in_the_wrong_order_are_one_fault(
    realm: MemoryRealm, separator: str
) -> None:
    """Below the exception views ours would see no answer to an exception."""
    ours, views = "arware.pyramid.tween_factory", "pyramid.tweens.excview_tween_factory"
    values = {f"authrocket.{n}": v for n, v in realm.settings().items()}
    wrong = values | {"pyramid.tweens": separator.join((views, ours))}
    right = values | {"pyramid.tweens": separator.join((ours, views))}
    [fault] = faults_in(lambda: in_pyramid(wrong))
    in_pyramid(right)

    assert (fault.setting, fault.fix) == ("pyramid.tweens", "Move it above that")
