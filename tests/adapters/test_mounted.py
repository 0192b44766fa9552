"""A realm in the application's own process: one keyword is a whole login."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any
from urllib.parse import quote

import flask
import pytest
from fastapi import FastAPI
from flask.sessions import SecureCookieSessionInterface
from pyramid.config import Configurator
from pyramid.session import SignedCookieSessionFactory
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from arware.bridge.pages import LONGEST_BODY
from arware.flask import AuthRocket, current_user
from arware.local import Realm
from arware.local.models import LoginSession
from arware.starlette import install
from arware.testing import Browser
from arware.testing._calls import Call, Response, asgi_scope, call_asgi
from tests.local.support import PASSWORD, PEM
from tests.patience import PATIENCE

from .hosts import HOST, HOSTS, Host

ADA = "ada@example.com"
BOB = "bob@example.com"
#: What the realm's `url` says, and what else browsers may call this machine.
CONFIGURED = "http://localhost:8000"
ORIGINS = [CONFIGURED, "http://localhost:5000", "http://127.0.0.1:8000", "http://[::1]"]
#: The documentation's adapter for Tornado serves no pages of others.
SERVING = [host for host in HOSTS if host.name != "tornado"]


RealmMaker = Callable[..., Realm]


@pytest.fixture(scope="module")
def make_realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealmMaker]:
    """Return a maker of realms in which Ada lives; it takes the realm's keywords."""
    realms: list[Realm] = []
    folder = tmp_path_factory.mktemp("realms")

    def make(kind: type[Realm] = Realm, **keywords: Any) -> Realm:
        database = f"sqlite:///{folder}/{len(realms)}.sqlite"
        usual = {"url": f"{CONFIGURED}/auth", "key": PEM, "cheap_hashing": True}
        realm = kind(database, migrate=True, **usual | keywords)
        realm.add_user(ADA, PASSWORD)
        realms.append(realm)
        return realm

    yield make
    for realm in realms:
        realm.close()


@pytest.fixture(scope="module")
def realm(make_realm: RealmMaker) -> Realm:
    """Return a realm as in the README; nothing here changes its users."""
    return make_realm()


@pytest.fixture(scope="module")
def shop_realm(make_realm: RealmMaker) -> Realm:
    """Return the realm of an application that is mounted at ``/shop``."""
    return make_realm(url=f"{CONFIGURED}/shop/auth")


@pytest.fixture(scope="module")
def realm_with_host(make_realm: RealmMaker) -> Realm:
    """Return a realm that has a port for itself."""
    return make_realm(url="http://localhost:8001")


@pytest.fixture(scope="module")
def public_realm(make_realm: RealmMaker) -> Realm:
    """Return a realm that people reach over the network."""
    return make_realm(url="https://app.example/auth", cheap_hashing=False)


def fill_in(browser: Browser, page: Response, **fields: str) -> Response:
    """Fill in the first form of *page* and send it."""
    form = page.text.partition("<form")[2].partition("</form>")[0]
    inputs = [one.partition(">")[0] for one in form.split("<input")[1:]]
    values = {value_of(one, "name"): value_of(one, "value") for one in inputs}
    target = value_of(form, "action") or page.url
    return browser.post(below(browser, target), values | fields)


def value_of(tag: str, name: str) -> str:
    """Return the attribute *name* of a tag, empty if it is not there."""
    return unescape(tag.partition(f'{name}="')[2].partition('"')[0])


def below(browser: Browser, url: str) -> str:
    """Return what *url*, an address of the site, is below the mount."""
    return url.removeprefix(browser.origin).removeprefix(browser.mount)


def log_in(browser: Browser, start: str = "/page?x=1") -> Response:
    """Ask for a page that needs a login, log in, and return the realm's answer."""
    sent = browser.get(start)
    assert sent.status == 302, sent
    return fill_in(browser, browser.click(sent.location), email=ADA, password=PASSWORD)


@pytest.fixture(params=SERVING, ids=str)
def host(request: pytest.FixtureRequest) -> Host:
    """Return each host that serves a realm."""
    found: Host = request.param
    return found


# --- One keyword -------------------------------------------------------------------


@pytest.mark.parametrize("origin", ORIGINS)
def test_one_keyword_is_a_whole_login(
    host: Host, realm: Realm, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    """From a private page and back, and out, whatever this machine is called."""
    browser = Browser(host.build(local_realm=realm, require_login=True), origin)
    answers = [browser.get("/page?x=1")]
    answers.append(log_in(browser))
    answers.append(browser.click(answers[-1].location))
    answers.append(browser.click("/logout"))
    answers.append(browser.click(answers[-1].location))

    assert answers[0].location.startswith(f"{origin}/auth/login?redirect_uri=")
    assert answers[1].location == f"{origin}/page?x=1"
    assert answers[2].json()["email"] == ADA
    assert answers[3].location.startswith(f"{origin}/auth/logout?redirect_uri=")
    assert answers[4].location == f"{origin}/"
    assert browser.get("/").status == 302
    assert browser.get("/auth/login").status == 200
    assert not any("token=" in answer.location for answer in answers)
    assert [r for r in caplog.records if r.levelno > logging.INFO] == []


def test_who_acts_as_the_person_is_told(host: Host, make_realm: RealmMaker) -> None:
    """Every application sees which operator it is, and none where it is themselves."""
    realm = make_realm()
    browser = Browser(host.build(local_realm=realm, require_login=True), CONFIGURED)
    log_in(browser)
    before = browser.get("/page").json()["impersonator"]
    with realm.writing() as db:
        db.execute(update(LoginSession).values(impersonator="usr_of_the_operator"))
    browser.get("/auth/login?redirect_uri=/page")

    assert before is None
    assert browser.get("/page").json()["impersonator"] == "usr_of_the_operator"


def test_below_a_mount(host: Host, shop_realm: Realm) -> None:
    """The path of the realm's address is that of the origin, mount included."""
    app = host.build(local_realm=shop_realm, require_login=True)
    browser = Browser(app, CONFIGURED, mount="/shop")
    answer = log_in(browser)

    assert answer.location == f"{CONFIGURED}/shop/page?x=1"
    assert browser.click(answer.location).json()["email"] == ADA


def test_a_realm_with_a_host_of_its_own_is_not_served(
    host: Host, realm_with_host: Realm
) -> None:
    """Then all paths are the application's, and the login is elsewhere."""
    app = host.build(local_realm=realm_with_host, require_login=True)
    browser = Browser(app, CONFIGURED)

    assert browser.get("/login").location.startswith("http://localhost:8001/login?")
    assert browser.fetch("/auth/login").status == 401


def test_a_realm_on_another_machine_keeps_its_address(
    host: Host, public_realm: Realm
) -> None:
    """Only on loopback does the request say where the pages are."""
    app = host.build(local_realm=public_realm, require_login=True)

    for origin in ("https://app.example", "https://evil.example", CONFIGURED):
        sent = Browser(app, origin).get("/page")
        assert sent.location.startswith("https://app.example/auth/login?")


def test_a_proxy_that_speaks_tls_keeps_the_address(make_realm: RealmMaker) -> None:
    """The request says http then, and the realm's address knows better."""
    realm = make_realm(url="https://localhost:8443/auth")
    app = HOST["wsgi"].build(local_realm=realm, require_login=True)
    sent = Browser(app, "http://localhost:8443").get("/page")

    assert sent.location.startswith("https://localhost:8443/auth/login?")


@pytest.mark.parametrize(
    "path",
    ["/page", "/authx", "/auth/../page", "/auth//login", "/auth%0a", "/Auth/login"],
)
def test_what_is_not_the_realms_needs_a_login(
    host: Host, realm: Realm, path: str
) -> None:
    """Its path is exempt by whole segments, and no irregular path is."""
    browser = Browser(host.build(local_realm=realm, require_login=True), CONFIGURED)

    assert browser.fetch(path).status == 401


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/auth", 302, ""),
        ("/auth/login", 200, "text/html"),
        ("/auth/nothing", 404, "text/html"),
        ("/auth/connect/jwks", 200, "application/json"),
        ("/auth/static/realm.css", 200, "text/css"),
        ("/auth/login?token=ey.ey.ey", 200, "text/html"),
    ],
)
def test_all_below_its_path_is_the_realms(
    host: Host, realm: Realm, path: str, status: int, kind: str
) -> None:
    """Pages, keys and files, also for a HEAD, and no callback."""
    browser = Browser(host.build(local_realm=realm, require_login=True), CONFIGURED)
    page, head = browser.get(path), browser.request("HEAD", path)

    assert (page.status, head.status) == (status, status)
    assert (page.header("Content-Type") or "").startswith(kind)
    assert head.body == b""


def test_the_realm_keeps_its_own_headers(host: Host, realm: Realm) -> None:
    """No adapter and no framework around it takes away what shuts its pages in."""
    page = Browser(host.build(local_realm=realm), CONFIGURED).get("/auth/login")

    assert "default-src 'none'" in (page.header("Content-Security-Policy") or "")
    assert page.header("Cache-Control") == "no-store"
    assert page.header("X-Frame-Options") == "DENY"


def test_a_refused_address_names_the_line_to_change(host: Host, realm: Realm) -> None:
    """Instead of a login that ends somewhere else."""
    elsewhere = quote("https://other.example/", safe="")
    browser = Browser(host.build(local_realm=realm), CONFIGURED)
    page = browser.get(f"/auth/login?redirect_uri={elsewhere}")

    assert page.status == 400
    assert 'login_urls=["https://other.example/"]' in unescape(page.text)


def test_a_strangers_form_is_refused(host: Host, realm: Realm) -> None:
    """The form has to come from the request's own origin."""
    browser = Browser(host.build(local_realm=realm), "http://127.0.0.1:5000")
    browser.get("/auth/login")
    headers = {"Origin": CONFIGURED}
    answer = browser.post("/auth/login", {"email": ADA}, site=None, headers=headers)

    assert answer.status == 403


# --- The secret --------------------------------------------------------------------


def test_processes_share_the_secret_of_the_realm(host: Host, realm: Realm) -> None:
    """A login at one adapter is one at all that mount the realm."""
    first = Browser(host.build(local_realm=realm, require_login=True), CONFIGURED)
    log_in(first)
    second = Browser(HOST["wsgi"].build(local_realm=realm), CONFIGURED)
    second.cookies = first.cookies

    assert second.fetch("/").json()["email"] == ADA


# --- ASGI --------------------------------------------------------------------------


def test_a_page_of_the_realm_does_not_hold_up_others(make_realm: RealmMaker) -> None:
    """While one of its pages waits, the loop serves the application."""
    waiting, go_on = threading.Event(), threading.Event()

    class Waiting(Realm):
        def wsgi_app(self, environ: Any, start_response: Any) -> Any:
            waiting.set()
            assert go_on.wait(PATIENCE)
            return super().wsgi_app(environ, start_response)

    app = HOST["asgi"].build(local_realm=make_realm(Waiting))

    async def both() -> tuple[int, bool, int]:
        login = Call(target="/auth/login", origin=CONFIGURED)
        page = asyncio.create_task(call_asgi(app, login))
        assert await asyncio.to_thread(waiting.wait, PATIENCE)
        other = await call_asgi(app, Call(origin=CONFIGURED))
        was_waiting = not page.done()
        go_on.set()
        return other.status, was_waiting, (await page).status

    assert asyncio.run(both()) == (200, True, 200)


def test_a_body_that_is_too_long_is_not_taken(realm: Realm) -> None:
    """Nobody fills the memory through a form."""
    browser = Browser(HOST["asgi"].build(local_realm=realm), CONFIGURED)

    assert browser.post("/auth/login", b"x" * (LONGEST_BODY + 1)).status == 413


def test_who_hangs_up_is_not_answered(realm: Realm) -> None:
    """A body that does not arrive ends the request without a word."""
    app, sent = HOST["asgi"].build(local_realm=realm), []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    call = Call("POST", "/auth/login", origin=CONFIGURED)
    asyncio.run(app(asgi_scope(call), receive, send))

    assert sent == []


# --- The framework's own session ----------------------------------------------------


def flask_shop(realm: Realm, first: bool) -> Any:
    """Return a Flask application with a basket; its sessions come *first* or last."""
    app = flask.Flask(__name__)

    def with_sessions() -> None:
        app.session_interface = SecureCookieSessionInterface()
        app.config["SECRET_KEY"] = "x" * 32

    if first:
        with_sessions()
    AuthRocket(app, local_realm=realm, exempt=["/basket"], require_login=True)
    if not first:
        with_sessions()

    @app.get("/basket")
    def basket() -> Any:
        flask.session.update(flask.request.args)
        seen = {k: v for k, v in flask.session.items() if k in ("book", "pen")}
        return {"user": current_user.email if current_user else None, "basket": seen}

    @app.get("/page")
    def page() -> str:
        return "page"

    return app


def starlette_shop(realm: Realm, first: bool, kind: type[Starlette] = Starlette) -> Any:
    """Return a Starlette application of the same kind."""

    async def basket(request: Any) -> Any:
        request.session.update(request.query_params)
        session = request.session.items()
        seen = {k: v for k, v in session if not k.startswith("authrocket")}
        user = request.scope["authrocket.user"]
        return JSONResponse({"user": user and user.email, "basket": seen})

    async def page(request: Any) -> Any:
        return JSONResponse("page")

    app = kind(routes=[Route("/basket", basket), Route("/page", page)])
    if first:
        app.add_middleware(SessionMiddleware, secret_key="x" * 32)
    install(app, local_realm=realm, exempt=["/basket"], require_login=True)
    if not first:
        app.add_middleware(SessionMiddleware, secret_key="x" * 32)
    return app


def pyramid_shop(realm: Realm, first: bool) -> Any:
    """Return a Pyramid application of the same kind."""

    def basket(request: Any) -> Any:
        request.session.update(request.GET)
        seen = {k: v for k, v in request.session.items() if k in ("book", "pen")}
        user = request.current_user
        return {"user": user and user.email, "basket": seen}

    sessions = SignedCookieSessionFactory("x" * 32)
    with Configurator() as config:
        config.add_settings({"authrocket.local_realm": realm})
        config.add_settings({"authrocket.require_login": True})
        if first:
            config.set_session_factory(sessions)
        config.include("arware")
        if not first:
            config.set_session_factory(sessions)
        for name, view in (("basket", basket), ("page", lambda request: "page")):
            config.add_route(name, f"/{name}")
            exempt = {"require_login": False} if name == "basket" else {}
            config.add_view(view, route_name=name, renderer="json", **exempt)
        return config.make_wsgi_app()


def fastapi_shop(realm: Realm, first: bool) -> Any:
    """Return a FastAPI application of the same kind."""
    return starlette_shop(realm, first, FastAPI)


@pytest.fixture(params=[flask_shop, pyramid_shop, starlette_shop, fastapi_shop])
def shop(request: pytest.FixtureRequest, make_realm: RealmMaker) -> Callable[..., Any]:
    """Return a maker of shops with a realm in which Bob lives, too."""
    realm = make_realm()
    realm.add_user(BOB, PASSWORD)
    return lambda first: Browser(request.param(realm, first), CONFIGURED)


def basket_of(browser: Browser, query: str = "") -> tuple[str | None, dict[str, str]]:
    """Return who is there and what is in the basket, once *query* is put into it."""
    seen = browser.get(f"/basket{query}").json()
    return seen["user"], seen["basket"]


@pytest.mark.parametrize("first", [True, False])
def test_a_logout_ends_the_framework_s_session_too(shop: Any, first: bool) -> None:
    """Both, and whatever was installed first; what came before the login stays."""
    browser = shop(first)
    basket_of(browser, "?book=1")
    log_in(browser)
    full = basket_of(browser, "?pen=2")
    out = browser.click("/logout")
    browser.click(out.location)

    assert full == (ADA, {"book": "1", "pen": "2"})
    assert basket_of(browser) == (None, {})
    assert browser.get("/page").status == 302
    assert fill_in_again(browser).status == 200


def fill_in_again(browser: Browser) -> Response:
    """Return the login page, which asks for a password anew."""
    page = browser.click(browser.get("/page").location)
    assert 'type="password"' in page.text
    return page


@pytest.mark.parametrize("first", [True, False])
def test_somebody_else_finds_nothing_in_the_session(shop: Any, first: bool) -> None:
    """Who switches accounts in the realm's pages finds an empty basket."""
    browser = shop(first)
    log_in(browser)
    basket_of(browser, "?book=1")
    page = browser.get("/auth/login?prompt=login")
    fill_in(browser, page, email=BOB, password=PASSWORD)

    assert basket_of(browser) == (BOB, {})


@pytest.mark.parametrize("first", [True, False])
def test_the_realm_s_pages_pass_the_middlewares(shop: Any, first: bool) -> None:
    """They reach the browser as the realm makes them, files too."""
    browser = shop(first)
    page = browser.get("/auth/login")

    assert page.status == 200
    assert "default-src 'none'" in (page.header("Content-Security-Policy") or "")
    assert browser.get("/auth/static/realm.css").status == 200
