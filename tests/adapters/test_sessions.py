"""The framework's own session follows the login: nobody reads what another has left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from threading import Event
from typing import Any
from wsgiref.validate import validator

import flask
import pytest
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test.utils import override_settings
from django.urls import path
from pyramid.config import Configurator
from pyramid.request import Request as PyramidRequest
from pyramid.response import Response as PyramidResponse
from pyramid.session import SignedCookieSessionFactory
from starlette.applications import Starlette
from starlette.middleware import Middleware as Layer
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from arware import asgi, wsgi
from arware.auth import Auth
from arware.flask import AuthRocket, current_auth
from arware.starlette import auth, install
from arware.testing import Browser, MemoryRealm

from .conftest import Clock, Site
from .django_host import bare_handler, django_settings
from .django_project import SETTINGS
from .hosts import HOST, Host

SECRET = "a secret of the framework's"
#: Set while the store of the sessions is down.
DOWN = Event()

# --- One small application, as each framework has it -------------------------------


def act(auth: Auth, query: Mapping[str, str]) -> str:
    """Log in or out by the application, as the *query* of ``/act`` says."""
    if "with" in query:
        auth.login(query["with"])
    else:
        auth.logout(local=query["logout"] == "local")
    return "done"


def flask_app(adapter: dict[str, Any], interface: Any = None) -> flask.Flask:
    """Return it on Flask, which keeps the session in *interface*, if one is given."""
    app = flask.Flask("sessions")
    app.secret_key = SECRET
    if interface is not None:
        app.session_interface = interface

    @app.get("/remember/<thing>")
    def remember(thing: str) -> str:
        flask.session["thing"] = thing
        return thing

    @app.route("/recall", methods=["GET", "POST"])
    def recall() -> str:
        return flask.session.get("thing", "nothing")

    @app.get("/act")
    def act_by_app() -> str:
        return act(current_auth, flask.request.args)

    AuthRocket(app, **adapter)
    return app


def pyramid_app(adapter: dict[str, Any], factory: Any = None) -> Any:
    """Return it on Pyramid, with sessions of *factory*'s."""
    settings = {f"authrocket.{name}": value for name, value in adapter.items()}
    settings["arware.clock"] = settings.pop("authrocket.clock")

    def remember(request: PyramidRequest) -> PyramidResponse:
        request.session["thing"] = request.matchdict["thing"]
        return PyramidResponse("remembered")

    def recall(request: PyramidRequest) -> PyramidResponse:
        return PyramidResponse(request.session.get("thing", "nothing"))

    def act_by_app(request: PyramidRequest) -> PyramidResponse:
        return PyramidResponse(act(request.authrocket, request.params))

    # The order is not to matter, nor that the application is committed in between.
    with Configurator(settings=settings) as config:
        config.include("arware.pyramid")
        config.commit()
        config.set_session_factory(factory or SignedCookieSessionFactory(SECRET))
        views = {"/remember/{thing}": remember, "/recall": recall, "/act": act_by_app}
        for route, view in views.items():
            config.add_route(route, route)
            config.add_view(view, route_name=route)
        return config.make_wsgi_app()


def starlette_app(adapter: dict[str, Any]) -> Starlette:
    """Return it on Starlette."""

    async def remember(request: Request) -> PlainTextResponse:
        request.session["thing"] = request.path_params["thing"]
        return PlainTextResponse("remembered")

    async def recall(request: Request) -> PlainTextResponse:
        return PlainTextResponse(request.session.get("thing", "nothing"))

    async def act_by_app(request: Request) -> PlainTextResponse:
        return PlainTextResponse(act(auth(request), request.query_params))

    app = Starlette(
        routes=[
            Route("/act", act_by_app),
            Route("/remember/{thing}", remember),
            Route("/recall", recall, methods=["GET", "POST"]),
        ],
        middleware=[Layer(SessionMiddleware, secret_key=SECRET)],
    )
    install(app, **adapter)
    return app


def remember(request: HttpRequest, thing: str) -> HttpResponse:
    """Put *thing* into Django's session."""
    request.session["thing"] = thing
    return HttpResponse("remembered")


def recall(request: HttpRequest) -> HttpResponse:
    """Tell what is there."""
    return HttpResponse(request.session.get("thing", "nothing"))


def act_by_app(request: HttpRequest) -> HttpResponse:
    """Log in or out by the application."""
    return HttpResponse(act(request.authrocket, request.GET))


async def aremember(request: HttpRequest, thing: str) -> HttpResponse:
    """Put *thing* into Django's session, on the loop."""
    await request.session.aset("thing", thing)
    return HttpResponse("remembered")


async def arecall(request: HttpRequest) -> HttpResponse:
    """Tell what is there, on the loop."""
    return HttpResponse(await request.session.aget("thing", "nothing"))


class Urls:
    """Django's routes of it, for ``ROOT_URLCONF``."""

    def __init__(
        self, remember: Callable[..., Any], recall: Callable[..., Any]
    ) -> None:
        views = {"remember/<thing>": remember, "recall": recall, "act": act_by_app}
        self.urlpatterns = [path(route, view) for route, view in views.items()]


class Opening:
    """A middleware of Django's that reads the session of every request, above ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.session.get("theme")
        return self._get_response(request)


class SessionStore(DatabaseStore):
    """A store of Django's, for ``SESSION_ENGINE``, that may be down."""

    def delete(self, session_key: str | None = None) -> None:
        """Delete a session, if the store can be reached."""
        if DOWN.is_set():
            raise ConnectionError
        super().delete(session_key)

    def load(self) -> Any:
        """Load what there is, if the store can be reached."""
        if DOWN.is_set():
            raise ConnectionError
        return super().load()

    def save(self, must_create: bool = False) -> None:
        """Save it, if the store can be reached."""
        if DOWN.is_set():
            raise ConnectionError
        super().save(must_create)


class Shelf(flask.sessions.SecureCookieSessionInterface):
    """Where Flask's sessions are kept, which may be down."""

    def open_session(self, app: Any, request: Any) -> Any:
        """Open one, if the store can be reached."""
        if DOWN.is_set():
            raise ConnectionError
        return super().open_session(app, request)


class Factory:
    """A session factory of Pyramid's, which may be down, and counts its sessions."""

    def __init__(self) -> None:
        self.sessions = 0
        self._make = SignedCookieSessionFactory(SECRET)

    def __call__(self, request: PyramidRequest) -> Any:
        """Make one, if the store can be reached."""
        if DOWN.is_set():
            raise ConnectionError
        self.sessions += 1
        return self._make(request)


ENGINE = "django.contrib.sessions.backends."
MIDDLEWARE = [one for one in SETTINGS["MIDDLEWARE"] if "csrf" not in one]
#: What of Django's settings makes a difference.
DJANGO: dict[str, tuple[str, dict[str, Any]]] = {
    "django": ("wsgi", {}),
    "django-asgi": ("asgi", {"ROOT_URLCONF": Urls(aremember, arecall)}),
    "django-cookies": ("wsgi", {"SESSION_ENGINE": f"{ENGINE}signed_cookies"}),
    "django-cached": ("asgi", {"SESSION_ENGINE": f"{ENGINE}cached_db"}),
    "django-opened": (
        "wsgi",
        {"MIDDLEWARE": [*MIDDLEWARE[:2], f"{__name__}.Opening", *MIDDLEWARE[2:]]},
    ),
    "django-opened-asgi": (
        "asgi",
        {
            "MIDDLEWARE": [*MIDDLEWARE[:2], f"{__name__}.Opening", *MIDDLEWARE[2:]],
            "ROOT_URLCONF": Urls(aremember, arecall),
        },
    ),
}


@pytest.fixture(scope="session")
def tables() -> None:
    """Make Django's tables, once."""
    call_command("migrate", verbosity=0)


@pytest.fixture
def django_site(
    tables: None, realm: MemoryRealm, clock: Clock
) -> Iterator[Callable[..., Site]]:
    """Return what makes a site of Django, with further settings."""
    overridden: list[override_settings] = []

    def make(interface: Any = "wsgi", **settings: Any) -> Site:
        ours = django_settings(realm.settings(clock=clock))
        own = {"MIDDLEWARE": MIDDLEWARE, "ROOT_URLCONF": Urls(remember, recall)}
        overridden.append(override_settings(**SETTINGS | own | ours | settings))
        overridden[-1].enable()
        host = Host("django", interface, bare_handler)
        return Site(bare_handler(interface), host, realm, clock)

    yield make
    for one in overridden:
        one.disable()
    Session.objects.all().delete()
    connections.close_all()


@pytest.fixture(params=["flask", "pyramid", "starlette", *DJANGO])
def site(
    request: pytest.FixtureRequest,
    django_site: Callable[..., Site],
    realm: MemoryRealm,
    clock: Clock,
) -> Site:
    """Return the application as a site, once for every framework."""
    adapter = realm.settings(clock=clock)
    if request.param in DJANGO:
        interface, settings = DJANGO[request.param]
        return django_site(interface, **settings)
    app: Any
    if request.param == "starlette":
        app = starlette_app(adapter)
    else:
        makers = {"flask": flask_app, "pyramid": pyramid_app}
        app = validator(makers[request.param](adapter))
    return Site(app, HOST[request.param], realm, clock)


def session_of(browser: Browser) -> str:
    """Return the name of the framework's own cookie."""
    (name,) = (name for name in browser.cookies if name.startswith("session"))
    return name


def log_in(site: Site, browser: Browser, user: str, way: str) -> None:
    """Log *user* in, by the application or by a callback."""
    if way == "application":
        assert browser.get(f"/act?with={site.token(user)}").text == "done"
    else:
        site.callback(browser, user)


def restart(browser: Browser) -> None:
    """Have *browser* forget the session, as it does at its end, but not the login."""
    names = [name for name in browser.cookies if name.startswith("session")]
    for name in names:
        del browser.cookies[name]


def forget_login(browser: Browser) -> None:
    """Have *browser* forget the login, but not the session."""
    for name in [name for name in browser.cookies if "authrocket" in name]:
        del browser.cookies[name]


# --- Who reads what ----------------------------------------------------------------


@pytest.mark.parametrize("path", ["/logout", "/act?logout=local", "/act?logout=whole"])
def test_a_logout_empties_the_session(site: Site, path: str) -> None:
    """The next person at this browser reads nothing of it."""
    browser = site.member("alice")
    browser.get("/remember/secret")
    assert browser.get("/recall").text == "secret"

    browser.get(path)

    assert browser.get("/recall").text == "nothing"


@pytest.mark.parametrize("way", ["callback", "application", "expired"])
def test_somebody_else_s_login_empties_the_session(site: Site, way: str) -> None:
    """By whatever way they come, and whatever became of the first login."""
    browser = site.member("alice", lifetime=600)
    browser.get("/remember/secret")
    if way == "expired":
        site.clock.advance(3600)
    log_in(site, browser, "bob", way)

    assert browser.get("/recall").text == "nothing"


@pytest.mark.parametrize("way", ["callback", "application"])
def test_the_same_person_keeps_the_session(site: Site, way: str) -> None:
    """A new login of theirs, when the token ends, is no change of person."""
    browser = site.member("alice")
    browser.get("/remember/secret")
    log_in(site, browser, "alice", way)

    assert browser.get("/recall").text == "secret"


def test_a_session_that_begins_after_the_login_is_of_that_login(site: Site) -> None:
    """The browser was restarted in between, or the session had timed out."""
    browser = site.member("alice", lifetime=600)
    restart(browser)
    browser.get("/remember/secret")
    assert browser.get("/recall").text == "secret"

    site.clock.advance(3600)
    site.callback(browser, "bob")

    assert browser.get("/recall").text == "nothing"


@pytest.mark.parametrize("way", ["expired", "forgotten"])
def test_who_is_not_logged_in_any_more_reads_nothing(site: Site, way: str) -> None:
    """It may be somebody else by now; and nothing comes back at the next login."""
    browser = site.member("alice", lifetime=600)
    browser.get("/remember/secret")
    if way == "expired":
        site.clock.advance(3600)
    else:
        forget_login(browser)

    assert browser.get("/recall").text == "nothing"
    site.callback(browser, "alice")
    assert browser.get("/recall").text == "nothing"


def test_a_login_that_was_ended_elsewhere_leaves_nothing(site: Site) -> None:
    """By another window, say, whose cookies were the same."""
    browser, window = site.member("alice"), site.browser()
    browser.get("/remember/secret")
    window.cookies |= {n: c for n, c in browser.cookies.items() if "authrocket" in n}
    window.get("/logout")

    assert browser.get("/recall").text == "nothing"


def test_a_slow_answer_does_not_bring_the_session_back(site: Site) -> None:
    """It sets the cookie of who was there before, after the next login."""
    browser = site.member("alice")
    browser.get("/remember/secret")
    name = session_of(browser)
    slow = browser.cookies[name]
    browser.get("/logout")
    site.callback(browser, "bob")
    browser.cookies[name] = slow

    assert browser.get("/recall").text == "nothing"


@pytest.mark.parametrize("first", ["support", "person"])
def test_who_acts_as_somebody_has_another_session(site: Site, first: str) -> None:
    """Neither finds what the other has left."""
    acting = {"act": {"sub": "usr_support"}}
    claims = [acting, {}] if first == "support" else [{}, acting]
    browser = site.member("alice", **claims[0])
    browser.get("/remember/secret")
    site.callback(browser, "alice", **claims[1])

    assert browser.get("/recall").text == "nothing"


def test_the_same_person_goes_on_with_a_session_that_began_later(site: Site) -> None:
    """A second login is no change of person."""
    browser = site.member("alice")
    restart(browser)
    browser.get("/remember/basket")
    site.callback(browser, "alice")

    assert browser.get("/recall").text == "basket"


def test_a_basket_stays_at_the_login(site: Site) -> None:
    """Who was not logged in before is the same person."""
    browser = site.browser()
    browser.get("/remember/basket")
    site.callback(browser, "alice")

    assert browser.get("/recall").text == "basket"


@pytest.mark.parametrize("lifetime", [600, -600])
def test_a_bearer_token_leaves_the_session_alone(site: Site, lifetime: int) -> None:
    """It is for one request, good or not; the session is that of the browser."""
    browser = site.member("alice")
    browser.get("/remember/secret")
    token = site.token("bob", lifetime=lifetime)
    browser.fetch("/recall", headers={"Authorization": f"Bearer {token}"})

    assert browser.get("/recall").text == "secret"


def test_another_site_empties_no_session(site: Site) -> None:
    """Its forms come without the login's cookie, but with some frameworks' own."""
    browser = site.member("alice")
    browser.get("/remember/secret")
    kept = dict(browser.cookies)
    forget_login(browser)
    browser.post("/recall", site="cross-site", headers={"Origin": "https://o.example"})
    browser.cookies |= kept

    assert browser.get("/recall").text == "secret"


def test_an_adapter_around_the_application_leaves_nothing_behind(site: Site) -> None:
    """It answers logins and logouts before the framework hears of them."""
    kind: Any = asgi.Middleware if site.host.interface == "asgi" else wsgi.Middleware
    site.app = kind(site.app, **site.realm.settings(clock=site.clock))
    browser = site.member("alice")
    browser.get("/remember/secret")
    assert browser.get("/recall").text == "secret"
    browser.get("/logout")
    assert browser.get("/recall").text == "nothing"

    site.callback(browser, "alice")
    browser.get("/remember/secret")
    site.callback(browser, "bob")
    assert browser.get("/recall").text == "nothing"


# --- What it costs -----------------------------------------------------------------


def test_pyramid_makes_no_session_for_requests_that_want_none(
    realm: MemoryRealm, clock: Clock
) -> None:
    """Whose it is, is looked at when it is made."""
    factory = Factory()
    app = pyramid_app(realm.settings(clock=clock), factory)
    site = Site(app, HOST["pyramid"], realm, clock)
    browser = site.member("alice")
    browser.get("/remember/secret")
    before = factory.sessions
    browser.get("/none")
    assert factory.sessions == before

    browser.get("/recall")
    assert factory.sessions == before + 1


# --- A store that is down ----------------------------------------------------------


@pytest.fixture(params=["flask", "pyramid", "django", "django-asgi"])
def unreliable(
    request: pytest.FixtureRequest,
    django_site: Callable[..., Site],
    realm: MemoryRealm,
    clock: Clock,
) -> Iterator[Site]:
    """Return a site whose sessions are kept where they may not be reached."""
    adapter = realm.settings(clock=clock)
    if request.param == "flask":
        app = validator(flask_app(adapter, Shelf()))
    elif request.param == "pyramid":
        app = validator(pyramid_app(adapter, Factory()))
    else:
        interface, settings = DJANGO[request.param]
        app = django_site(interface, SESSION_ENGINE=__name__, **settings).app
    yield Site(app, HOST[request.param], realm, clock)
    DOWN.clear()


def test_a_store_that_is_down_keeps_nobody_from_logging_in_or_out(
    unreliable: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged; and nobody finds the session once the store is up again."""
    browser = unreliable.member("alice")
    browser.get("/remember/secret")
    DOWN.set()
    answer = browser.get("/logout")

    assert answer.status == 302
    assert "__Host-authrocket" not in browser.cookies
    assert "could not follow the login" in caplog.text
    assert unreliable.callback(browser, "bob").status == 303

    DOWN.clear()
    assert browser.get("/recall").text == "nothing"
