"""What Starlette's users expect: one call, and a login in the whole application."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware as Layer
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from arware import asgi
from arware.errors import ConfigurationError, Forbidden, LoginRequired, Refusal
from arware.starlette import auth, install
from arware.testing import MemoryRealm

from .conftest import Clock, Site, SiteMaker
from .hosts import Host

SPA = "https://spa.example"
CORS = Layer(CORSMiddleware, allow_origins=[SPA], allow_credentials=True)
SESSIONS = Layer(SessionMiddleware, secret_key="a secret of Starlette's")
FROM_SPA = {"Origin": SPA, "Accept": "application/json"}


async def home(request: Request) -> Response:
    """Greet."""
    user = auth(request).user
    return PlainTextResponse(f"Hello {user.name if user else 'stranger'}")


async def private(request: Request) -> Response:
    """Ask for a login."""
    auth(request).require()
    return await home(request)


async def reports(request: Request) -> Response:
    """Ask for a permission."""
    auth(request).require(permission="reports:read")
    return await home(request)


def blocking(request: Request) -> Response:
    """Ask for a login in a thread."""
    auth(request).require()
    return PlainTextResponse("in a thread")


async def grouped(request: Request) -> Response:
    """Refuse as a task group does."""
    raise ExceptionGroup("tasks", [Forbidden()])


async def broken(request: Request) -> Response:
    """Deal with a refusal, and fail at something else."""
    try:
        raise LoginRequired
    except LoginRequired:
        pass
    raise ZeroDivisionError


async def cart(request: Request) -> Response:
    """Add to the session what the query says, and show what is in it."""
    request.session.update(request.query_params)
    return JSONResponse(shown(request))


async def leave(request: Request) -> Response:
    """Log out of the application only, with a last word in the session."""
    auth(request).logout(local=True)
    request.session["said"] = "good-bye"
    return PlainTextResponse("out")


async def become(request: Request) -> Response:
    """Log in with a token that came by another way."""
    auth(request).login(request.query_params["with"])
    request.session["said"] = "welcome"
    return JSONResponse(shown(request))


def shown(request: Request) -> dict[str, Any]:
    """Return what the application has put in the session."""
    kept = request.session.items()
    return {name: value for name, value in kept if not name.startswith("authrocket")}


async def chat(websocket: Any) -> None:
    """Welcome who is logged in."""
    auth(websocket).require()
    await websocket.accept()
    await websocket.send_text(auth(websocket).user.id)
    await websocket.close()


async def late(websocket: Any) -> None:
    """Refuse once the handshake is accepted."""
    await websocket.accept()
    raise Forbidden


async def too_late(websocket: Any) -> None:
    """Refuse once the socket is closed."""
    await websocket.accept()
    await websocket.close()
    raise Forbidden


ROUTES = (
    *(Route(f"/{view.__name__}", view) for view in (private, reports, blocking)),
    *(Route(f"/{view.__name__}", view) for view in (grouped, broken, cart, leave)),
    Route("/", home),
    Route("/become", become),
    WebSocketRoute("/chat", chat),
    WebSocketRoute("/late", late),
    WebSocketRoute("/too-late", too_late),
)

#: How a middleware comes to stand where it does, seen from the integration.
ORDERS = ("in the list", "before", "after")


def app_with(layer: Layer | None = None, order: str = "after") -> Callable[..., Any]:
    """Return a maker of the application, *layer* added in that *order*."""

    def build(**adapter: Any) -> Starlette:
        given = [layer] if layer is not None and order == "in the list" else []
        app = Starlette(routes=ROUTES, middleware=given)
        if layer is not None and order == "before":
            app.add_middleware(layer.cls, *layer.args, **layer.kwargs)
        install(app, **adapter)
        if layer is not None and order == "after":
            app.add_middleware(layer.cls, *layer.args, **layer.kwargs)
        return app

    return build


@pytest.fixture
def site_of(make_site: SiteMaker) -> Callable[..., Site]:
    """Return a maker of sites from what makes an application."""

    def make(build: Callable[..., Any], **adapter: Any) -> Site:
        return make_site(Host("starlette", "asgi", build), **adapter)

    return make


@pytest.fixture
def site(site_of: Callable[..., Site]) -> Site:
    """Return a site of the plain application."""
    return site_of(app_with())


# --- Who is there, and who may what ---


def test_the_auth_object_of_a_request(site: Site) -> None:
    """``auth(request)`` knows who is there."""
    assert site.browser().get("/").text == "Hello stranger"
    assert site.member("alice").get("/").text == "Hello Alice"


@pytest.mark.parametrize("path", ["/private", "/reports", "/blocking"])
def test_views_refuse_without_a_handler_by_hand(site: Site, path: str) -> None:
    """A browser is sent to log in, a program gets 401, who may not gets 403."""
    reader = site.member("alice", permissions=["reports:read"])

    assert site.is_login(site.browser().get(path))
    assert site.browser().fetch(path).json()["error"] == "login_required"
    assert reader.get(path).status == 200
    assert site.member("bob").get("/reports").status == 403


@pytest.mark.parametrize("debug", [False, True])
def test_refusals_are_not_logged(
    site: Site, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    """They are answers, in the debug mode too."""
    site.app.debug = debug
    with caplog.at_level(logging.INFO):
        for path in ("/private", "/blocking", "/grouped"):
            site.browser().get(path)
    site.browser().websocket("/late")

    assert [r for r in caplog.records if r.levelno >= logging.WARNING] == []


def test_a_group_of_refusals_is_a_refusal(site: Site) -> None:
    """As a task group raises it."""
    assert site.member("alice").get("/grouped").status == 403


def test_an_error_after_a_refusal_is_an_error(site: Site) -> None:
    """What follows a refusal that was caught is for the error log."""
    with pytest.raises(ZeroDivisionError):
        site.browser().get("/broken")


def test_a_handler_of_the_application_decides(site_of: Callable[..., Site]) -> None:
    """Whether it was there before the integration or came later."""

    def build(**adapter: Any) -> Starlette:
        app = Starlette(routes=ROUTES, exception_handlers={Refusal: own})
        install(app, **adapter)
        app.add_exception_handler(Forbidden, own)
        return app

    async def own(request: Request, refusal: Exception) -> Response:
        return PlainTextResponse("own", 418)

    site = site_of(build)

    assert site.browser().get("/private").status == 418
    assert site.member("bob").get("/reports").text == "own"


def test_an_application_that_is_mounted_refuses_too(
    site_of: Callable[..., Site],
) -> None:
    """Whether it has installed the integration itself or not."""

    def build(**adapter: Any) -> Starlette:
        with_its_own = app_with()(**adapter)
        mounts = [Mount("/own", with_its_own), Mount("/bare", Starlette(routes=ROUTES))]
        app = Starlette(routes=mounts)
        install(app, **adapter)
        return app

    site = site_of(build)
    reader = site.member("alice", permissions=["reports:read"])
    for mount in ("/own", "/bare"):
        assert site.is_login(site.browser().get(f"{mount}/private"))
        assert site.member("bob").get(f"{mount}/reports").status == 403
        assert reader.get(f"{mount}/reports").text == "Hello Alice"


def test_a_raw_adapter_below_answers_through_the_handler(
    site_of: Callable[..., Site],
) -> None:
    """Starlette gives its handlers to all routes below, whatever is in between."""

    def build(**adapter: Any) -> Starlette:
        below = asgi.Middleware(Mount("", routes=ROUTES), **adapter)
        app = Starlette(routes=[Mount("/raw", below)])
        install(app, **adapter)
        return app

    site = site_of(build)

    assert site.is_login(site.browser().get("/raw/private"))


# --- Websockets ---


def test_websockets_know_who_is_there_and_refuse(site: Site) -> None:
    """Before the handshake and after it, with the code for a breach of policy."""
    welcomed = site.member("alice").websocket("/chat")
    early = site.browser().websocket("/chat")
    late = site.browser().websocket("/late")

    assert welcomed[1]["text"] == "usr_alice"
    assert [(m["type"], m.get("code")) for m in early] == [("websocket.close", 1008)]
    assert late[-1] == {
        "type": "websocket.close",
        "code": 1008,
        "reason": "forbidden",
    }


def test_a_refusal_after_the_end_of_a_websocket_is_an_error(site: Site) -> None:
    """There is nobody left to be told."""
    with pytest.raises(Forbidden):
        site.browser().websocket("/too-late")


# --- Middlewares around and inside ---


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("require_login", [False, True])
def test_cors_sees_every_refusal(
    site_of: Callable[..., Site], order: str, require_login: bool
) -> None:
    """Wherever it was added, and whoever refuses: the view or the settings."""
    site = site_of(app_with(CORS, order), require_login=require_login)
    stranger = site.browser().fetch("/private", headers=FROM_SPA)
    other = site.member("bob").fetch("/reports", headers=FROM_SPA)

    assert [stranger.status, other.status] == [401, 403]
    for answer in (stranger, other):
        assert answer.header("access-control-allow-origin") == SPA
        assert answer.header("vary").count("Cookie") == 1


@pytest.mark.parametrize("order", ORDERS)
def test_what_knows_the_hosts_stands_outside(
    site_of: Callable[..., Site], order: str
) -> None:
    """No login starts at a host that is none of the application's."""
    layer = Layer(TrustedHostMiddleware, allowed_hosts=["other.example"])

    assert site_of(app_with(layer, order)).browser().get("/login").status == 400


@pytest.mark.parametrize("order", ORDERS)
def test_what_knows_the_scheme_stands_outside(
    site_of: Callable[..., Site], order: str
) -> None:
    """Behind a proxy, what the proxy says decides where a login comes back to."""
    layer = Layer(ProxyHeadersMiddleware, trusted_hosts="*")
    browser = site_of(app_with(layer, order)).browser("http://app.example")
    answer = browser.get("/login", headers={"X-Forwarded-Proto": "https"})

    assert "redirect_uri=https%3A%2F%2Fapp.example" in answer.location


@pytest.mark.parametrize(("order", "seen"), [("before", "usr_alice"), ("after", None)])
def test_other_middlewares_know_who_is_there_if_they_were_added_before(
    site_of: Callable[..., Site], order: str, seen: str | None
) -> None:
    """Starlette puts what is added later further out."""
    told: list[str | None] = []

    class Log(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Any:
            user = request.scope.get("authrocket.user")
            told.append(user and user.id)
            return await call_next(request)

    site = site_of(app_with(Layer(Log), order))
    site.member("alice").get("/private")

    assert told[-1] == seen
    assert site.is_login(site.browser().get("/private"))


@pytest.mark.parametrize("outside", [CORS, SESSIONS], ids=["CORS", "sessions"])
def test_what_was_added_before_knows_who_is_there_whatever_stands_outside(
    site_of: Callable[..., Site], outside: Layer
) -> None:
    """Also if it came after that, as in most applications."""

    class Ask(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Any:
            answer = await call_next(request)
            answer.headers["X-User"] = str(auth(request).user)
            return answer

    def build(**adapter: Any) -> Starlette:
        app = Starlette(routes=ROUTES)
        app.add_middleware(outside.cls, *outside.args, **outside.kwargs)
        app.add_middleware(Ask)
        install(app, **adapter)
        return app

    site = site_of(build)

    assert site.browser().get("/").header("x-user") == "None"
    assert "usr_alice" in site.member("alice").get("/").header("x-user")


def test_those_outside_and_those_inside_keep_their_order(realm: MemoryRealm) -> None:
    """Each has the place among its like that the application gave it."""
    hosts = Layer(TrustedHostMiddleware, allowed_hosts=["*"])
    one, two = Layer(GZipMiddleware, minimum_size=1), Layer(GZipMiddleware)
    app = Starlette(middleware=[one, hosts, two, SESSIONS])
    install(app, **realm.settings())
    ours = app.user_middleware[2]

    assert app.user_middleware == [hosts, SESSIONS, ours, one, two]
    assert issubclass(ours.cls, asgi.Middleware)  # type: ignore[arg-type]  # a class


@pytest.mark.parametrize("order", ORDERS)
def test_a_refusal_is_a_whole_answer_to_a_middleware_between(
    site_of: Callable[..., Site], order: str
) -> None:
    """What compresses answers, say, finds one that it can compress."""
    site = site_of(app_with(Layer(GZipMiddleware, minimum_size=1), order))
    headers = {"Accept-Encoding": "gzip", "Accept": "application/json"}
    answer = site.browser().fetch("/private", headers=headers)

    assert answer.status == 401
    assert answer.header("content-encoding") == "gzip"
    assert int(answer.header("content-length")) == len(answer.body)


def test_a_middleware_may_refuse_after_the_view_has(
    site_of: Callable[..., Site],
) -> None:
    """The last word is the answer, and an error is an error."""

    class Strict(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Any:
            await call_next(request)
            raise Forbidden if request.url.path == "/private" else ZeroDivisionError

    site = site_of(app_with(Layer(Strict), "before"))

    assert site.browser().fetch("/private").status == 403
    with pytest.raises(ZeroDivisionError):
        site.browser().fetch("/reports")


# --- Starlette's own session ---


@pytest.fixture(params=ORDERS)
def shop(request: pytest.FixtureRequest, site_of: Callable[..., Site]) -> Site:
    """Return a site with sessions, once for every order of middlewares."""
    return site_of(app_with(SESSIONS, request.param))


def test_the_session_is_kept_from_before_the_login_and_over_a_second_one(
    shop: Site,
) -> None:
    """What an anonymous visitor has put in the cart is bought after the login."""
    browser = shop.browser()
    browser.get("/cart?apples=1")
    shop.callback(browser, "alice")
    assert browser.get("/cart?pears=2").json() == {"apples": "1", "pears": "2"}

    shop.callback(browser, "alice")
    assert browser.get("/cart").json() == {"apples": "1", "pears": "2"}


@pytest.mark.parametrize("way", ["get", "post"])
def test_a_logout_empties_the_session(shop: Site, way: str) -> None:
    """The cookie is gone, and nothing of it comes back."""
    browser = shop.member("alice")
    browser.get("/cart?apples=1")
    assert "session" in browser.cookies

    getattr(browser, way)("/logout")

    assert "session" not in browser.cookies
    assert browser.get("/cart").json() == {}


def test_a_question_about_the_logout_empties_nothing(shop: Site) -> None:
    """A link on a page of another site logs nobody out."""
    browser = shop.member("alice")
    browser.get("/cart?apples=1")
    browser.get("/logout", site="cross-site")

    assert browser.get("/cart").json() == {"apples": "1"}


def test_nothing_of_the_session_is_left_to_somebody_else(shop: Site) -> None:
    """Also where the first login has just run out, without a logout."""
    browser = shop.member("alice")
    browser.get("/cart?apples=1")
    shop.callback(browser, "bob")
    assert browser.get("/cart").json() == {}

    browser.get("/cart?pears=2")
    for name in [name for name in browser.cookies if name.startswith("__Host-")]:
        del browser.cookies[name]
    assert browser.get("/cart?plums=3").json() == {"plums": "3"}


def test_a_logout_by_the_application_empties_the_session_at_once(shop: Site) -> None:
    """What it puts in afterwards stays."""
    browser = shop.member("alice")
    browser.get("/cart?apples=1")
    browser.get("/leave")

    assert browser.get("/cart").json() == {"said": "good-bye"}


def test_a_login_by_the_application_empties_the_session_of_somebody_else(
    shop: Site,
) -> None:
    """At once, so that what it puts in afterwards is the new person's."""
    browser = shop.member("alice")
    browser.get("/cart?apples=1")

    assert browser.get(f"/become?with={shop.token('bob')}").json() == {
        "said": "welcome"
    }
    assert browser.get("/cart").json() == {"said": "welcome"}


def test_an_empty_session_stays_without_a_cookie(shop: Site) -> None:
    """Nobody gets one for being logged in."""
    browser = shop.member("alice")
    browser.get("/")

    assert "session" not in browser.cookies


def test_a_websocket_sees_nothing_of_another_session(
    site_of: Callable[..., Site],
) -> None:
    """It cannot save the session, but it does not read it either."""
    seen: list[dict[str, Any]] = []

    async def look(websocket: Any) -> None:
        seen.append(dict(websocket.session))
        await websocket.close()

    def build(**adapter: Any) -> Starlette:
        routes = [*ROUTES, WebSocketRoute("/look", look)]
        app = Starlette(routes=routes, middleware=[SESSIONS])
        install(app, **adapter)
        return app

    site = site_of(build)
    browser = site.member("alice")
    browser.get("/cart?apples=1")
    browser.websocket("/look")
    site.callback(browser, "bob")
    browser.websocket("/look")

    assert [one.get("apples") for one in seen] == ["1", None]


def test_a_mounted_application_with_its_own_session_leaves_it_to_nobody(
    site_of: Callable[..., Site],
) -> None:
    """It installs the integration itself, which takes over who is there."""

    def build(**adapter: Any) -> Starlette:
        app = Starlette(routes=[Mount("/shop", app_with(SESSIONS)(**adapter))])
        install(app, **adapter)
        return app

    site = site_of(build)
    browser = site.member("alice")
    browser.get("/shop/cart?apples=1")
    assert browser.get("/shop/cart").json() == {"apples": "1"}

    site.callback(browser, "bob")
    assert browser.get("/shop/cart").json() == {}


@pytest.mark.parametrize("kind", ["application", "group", "deeper"])
def test_a_mounted_session_that_does_not_follow_is_told_of(
    site_of: Callable[..., Site], kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be one that has nothing to do with the login, so it is no fault."""
    routes = [Route("/cart", cart)]
    mounts = {
        "application": Mount("/shop", Starlette(routes=routes, middleware=[SESSIONS])),
        "group": Mount("/shop", routes=routes, middleware=[SESSIONS]),
    }
    mounts["deeper"] = Mount("/a", routes=[mounts["group"]])

    def build(**adapter: Any) -> Starlette:
        app = Starlette(routes=[mounts[kind]])
        install(app, **adapter)
        return app

    site_of(build).browser().get("/")
    path = "/a/shop" if kind == "deeper" else "/shop"

    [message] = [record.getMessage() for record in caplog.records]
    assert message.startswith(f"the session of the application mounted at {path} does")


@pytest.mark.parametrize("group", [False, True])
def test_a_session_that_a_refused_view_has_used_is_somebody_s(
    site_of: Callable[..., Site], group: bool
) -> None:
    """Also where no handler of Starlette's sees the refusal, as it is in a group."""

    async def refuse(request: Request) -> None:
        request.session["apples"] = "1"
        raise ExceptionGroup("tasks", [Forbidden()]) if group else Forbidden()

    def build(**adapter: Any) -> Starlette:
        routes = [Route("/cart", cart), Route("/refuse", refuse)]
        app = Starlette(routes=routes, middleware=[SESSIONS])
        install(app, **adapter)
        return app

    site = site_of(build)
    browser = site.member("alice", lifetime=600)
    assert browser.get("/refuse").status == 403
    site.clock.advance(3600)
    site.callback(browser, "bob")

    assert browser.get("/cart").json() == {}


def test_the_session_of_an_application_around_follows_too(
    site_of: Callable[..., Site],
) -> None:
    """It hears of a logout in an application that is mounted in it."""
    outer = Layer(
        SessionMiddleware, secret_key="another secret", session_cookie="outer"
    )

    def build(**adapter: Any) -> Starlette:
        inner = Mount("/shop", app_with(SESSIONS)(**adapter))
        app = Starlette(routes=[Route("/cart", cart), inner], middleware=[outer])
        install(app, **adapter)
        return app

    browser = site_of(build).member("alice")
    browser.get("/cart?apples=1")
    assert "outer" in browser.cookies

    browser.get("/shop/leave")
    assert "outer" not in browser.cookies


# --- Faults ---


def faults_of(app: Any, **settings: Any) -> list[str]:
    """Return the settings whose faults ``install`` tells of."""
    with pytest.raises(ConfigurationError) as raised:
        install(app, **settings)
    return [fault.setting for fault in raised.value.faults]


@pytest.mark.parametrize(
    ("settings", "faults"),
    [
        ({}, ["cookie_secret", "loginrocket_url"]),
        ({"jwt_key": "k" * 40, "cookie_secret": "short"}, ["cookie_secret"]),
    ],
)
def test_faults_of_settings_stop_the_import(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], faults: list[str]
) -> None:
    """They are told where the application is made, not at its first request."""
    for name in ("LOGINROCKET_URL", "AUTHROCKET_COOKIE_SECRET", "AUTHROCKET_JWT_KEY"):
        monkeypatch.delenv(name, raising=False)
    app = Starlette()

    assert faults_of(app, **settings) == faults
    assert app.user_middleware == []
    assert Refusal not in app.exception_handlers


@pytest.mark.parametrize("by", ["install", "middleware", "list"])
def test_a_second_adapter_is_one_fault(realm: MemoryRealm, by: str) -> None:
    """However the first came there."""
    settings = realm.settings()
    layers = [Layer(asgi.Middleware, **settings)] if by == "list" else []
    app = Starlette(middleware=layers)
    if by == "install":
        install(app, **settings)
    elif by == "middleware":
        app.add_middleware(asgi.Middleware, **settings)

    assert faults_of(app, **settings) == ["install"]


def test_an_application_that_has_started_is_one_fault(site_of: Any) -> None:
    """As Starlette says of any middleware; nothing is half installed."""
    app = Starlette(routes=[Route("/", lambda request: PlainTextResponse("ok"))])
    site = site_of(lambda **adapter: app)
    site.browser().get("/")

    assert faults_of(app, **site.realm.settings()) == ["install"]


def test_something_else_than_an_application_is_one_fault(realm: MemoryRealm) -> None:
    """One that is wrapped already, for example."""
    settings = realm.settings()

    assert faults_of(asgi.Middleware(Starlette(), **settings), **settings) == [
        "install"
    ]


def test_all_faults_are_told_together(realm: MemoryRealm) -> None:
    """Those of the place and those of the settings."""
    app = Starlette()
    install(app, **realm.settings())

    assert faults_of(app, jwt_key="k" * 40, cookie_secret="short") == [
        "install",
        "cookie_secret",
    ]


def test_without_the_integration_there_is_a_fault_to_fix(site_of: Any) -> None:
    """``auth`` names the line that is missing."""
    site = site_of(lambda **adapter: Starlette(routes=ROUTES))

    with pytest.raises(ConfigurationError, match="install\\(app\\)"):
        site.browser().get("/private")


def test_who_asks_outside_of_the_integration_is_told_to_ask_inside(
    site_of: Callable[..., Site],
) -> None:
    """The line that is there already is not named as missing."""

    class Ask(BaseHTTPMiddleware):
        async def dispatch(self, request: Request, call_next: Any) -> Any:
            auth(request)
            raise AssertionError

    site = site_of(app_with(Layer(Ask), "after"))

    with pytest.raises(ConfigurationError, match="added before install\\(app\\)"):
        site.browser().get("/")


# --- The rest of the application ---


def test_the_lifespan_runs(realm: MemoryRealm, clock: Clock) -> None:
    """What starts with the application starts, and its state reaches the requests."""
    told: list[str] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
        told.append("up")
        yield {"pool": "open"}
        told.append("down")

    app = Starlette(routes=ROUTES, lifespan=lifespan)
    install(app, **realm.settings(clock=clock), require_login=True)
    events = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    sent: list[str] = []
    scope: dict[str, Any] = {"type": "lifespan", "state": {}}

    async def receive() -> Any:
        return next(events)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(app(scope, receive, send))

    assert told == ["up", "down"]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert scope["state"] == {"pool": "open"}


def test_starlette_works_without_fastapi_and_without_sessions() -> None:
    """Neither FastAPI nor what signs Starlette's sessions has to be installed."""
    program = (
        "import sys\n"
        "sys.modules['fastapi'] = sys.modules['itsdangerous'] = None\n"
        "from starlette.applications import Starlette\n"
        "from arware.starlette import install\n"
        "install(Starlette(), jwt_key='k' * 40, cookie_secret='s' * 40)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )

    assert (result.returncode, result.stderr) == (0, "")
