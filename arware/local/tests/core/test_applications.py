"""An application that serves the pages and asks who is there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pyramid.config import Configurator
from pyramid.request import Request, apply_request_extensions
from pyramid.response import Response
from sqlalchemy import event, text
from webtest import TestApp  # type: ignore[import-untyped]

from arware.errors import ConfigurationError
from arware.kit.inis import InvalidIni

from ... import current, sessions, tables
from ...asgi import Middleware as AsgiMiddleware
from ...configuration import open_realm
from ...models import User
from ...realm import Realm
from ...wsgi import Middleware
from ..conftest import Make, find, with_ada
from ..support import (
    ADA,
    PASSWORD,
    SECRET,
    Clock,
    caller_at,
    need,
    signing_key,
)

URL = "http://localhost:8000/auth"
NAMES = "session", "user", "membership", "org"


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm below a path of an application's origin."""
    return with_ada(make(url=URL, login_urls=["http://localhost:8000/"]))


@pytest.fixture
def cookie(realm: Realm, ada: User) -> str:
    """Return the header of a browser in which Ada is logged in."""
    return f"theme=dark; arrealm={logged_in(realm, ada)}"


def logged_in(realm: Realm, ada: User) -> str:
    """Return the cookie of a new session of Ada's."""
    with realm.writing() as db:
        user = db.get_one(User, ada.id)
        done = sessions.open_session(realm, db, user, caller_at(realm.now), ["test"])
    return done.cookie


def says(environ: dict[str, Any]) -> bytes:
    """Return what an application that greets people says."""
    user = environ["authrocket.user"]
    assert (environ["authrocket.session"] is None) == (user is None)
    return b"nobody" if user is None else str(user.email).encode()


def greeting(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Be a WSGI application."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Vary", "Accept")])
    return [says(environ)]


async def agreeting(scope: Any, receive: Any, send: Any) -> None:
    """Be an ASGI application."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": says(scope)})


def by_wsgi(realm: Realm, cookie: str, path: str = "/") -> tuple[int, Any, str]:
    """Ask the WSGI application; return status, headers and text."""
    browser = TestApp(Middleware(greeting, realm, ignore=["/static"]))
    headers = {"Cookie": cookie} if cookie else {}
    answer = browser.get(path, headers=headers, status="*")
    return answer.status_int, answer.headers, answer.text


def by_asgi(realm: Realm, cookie: str, path: str = "/") -> tuple[int, Any, str]:
    """Ask the ASGI application."""
    app = AsgiMiddleware(agreeting, realm, ignore=["/static"])
    messages = asyncio.run(called(app, scope_of("http", path, cookie)))
    start, body = messages
    headers = {n.decode().title(): v.decode() for n, v in start["headers"]}
    return start["status"], headers, body["body"].decode()


def by_pyramid(realm: Realm, cookie: str, path: str = "/") -> tuple[int, Any, str]:
    """Ask a Pyramid application."""
    headers = {"Cookie": cookie} if cookie else {}
    answer = pyramid_browser(realm).get(path, headers=headers, status="*")
    return answer.status_int, answer.headers, answer.text


def pyramid_browser(realm: Realm, url: str = URL) -> TestApp:
    """Return a browser in front of a Pyramid application that has joined."""
    config = Configurator(
        settings={
            "realm.database": str(realm.database.url),
            "realm.url": url,
            "realm.secret": SECRET,
            "realm.key": signing_key(),
            "realm.clock": realm.settings.clock,
            "realm.cheap_hashing": "true",
            "realm.jobs": "false",
        }
    )
    config.include(tables.__package__)

    def greet(request: Any) -> Response:
        assert all(
            getattr(request, f"current_{name}") is request.environ[f"authrocket.{name}"]
            for name in NAMES
        )
        user = request.current_user
        return Response("nobody" if user is None else user.email, vary="Accept")

    config.add_route("home", "/*rest")
    config.add_view(greet, route_name="home")
    return TestApp(config.make_wsgi_app())


def scope_of(kind: str, path: str, cookie: str, *more: tuple[bytes, bytes]) -> Any:
    """Return a scope as servers make it."""
    given = [(b"cookie", cookie.encode())] if cookie else []
    return {
        "type": kind, "path": path, "query_string": b"", "method": "GET",
        "scheme": "http", "headers": [(b"host", b"localhost:8000"), *given, *more],
    }  # fmt: skip


async def called(app: Any, scope: Any) -> list[Any]:
    """Call an ASGI application; return what it sends."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


ASKED = pytest.mark.parametrize("ask", [by_wsgi, by_asgi, by_pyramid])


@ASKED
def test_the_application_knows_who_is_there(
    realm: Realm, cookie: str, ask: Any
) -> None:
    """By the session's cookie; its answer is for that person alone."""
    status, headers, said = ask(realm, cookie)

    assert (status, said) == (200, ADA)
    assert "Cookie" in headers["Vary"]
    assert headers["Cache-Control"] == "private, no-cache"


@ASKED
@pytest.mark.parametrize("cookie_header", ["", "arrealm=made-up", "arrealm="])
def test_others_are_nobody(realm: Realm, cookie_header: str, ask: Any) -> None:
    """Their answers may be kept, as the cookie varies."""
    status, headers, said = ask(realm, cookie_header)

    assert (status, said) == (200, "nobody")
    assert "Cookie" in headers["Vary"]
    assert "Cache-Control" not in headers


@ASKED
def test_who_is_logged_out_is_nobody_at_once(
    realm: Realm, ada: User, cookie: str, ask: Any
) -> None:
    """Whoever ended the session, and wherever."""
    with realm.writing() as db:
        sessions.end_all(realm, db, ada, caller_at(realm.now))

    assert ask(realm, cookie)[2] == "nobody"


@ASKED
def test_who_was_disabled_is_nobody(realm: Realm, cookie: str, ask: Any) -> None:
    """As an operator wants it."""
    realm.set_user_state(ADA, "inactive")

    assert ask(realm, cookie)[2] == "nobody"


@pytest.mark.parametrize("ask", [by_wsgi, by_asgi])
def test_a_fault_of_the_database_is_told(realm: Realm, cookie: str, ask: Any) -> None:
    """Who is logged in does not pass as nobody; who has no cookie is not kept out."""
    ready = ask(realm, cookie)
    with realm.writing() as db:
        db.execute(text("ALTER TABLE ar_sessions RENAME COLUMN digest TO gone"))
    if ask is by_pyramid:  # which would not start
        pytest.skip("it looks at the tables first")
    status, headers, said = ask(realm, cookie)

    assert (ready[0], status, headers["Retry-After"]) == (200, 503, "5")
    assert "temporarily unavailable" in said
    assert ask(realm, "")[2] == "nobody"


@pytest.mark.parametrize("ask", [by_wsgi, by_asgi])
def test_paths_can_be_left_alone(realm: Realm, cookie: str, ask: Any) -> None:
    """Static files are the same for everybody."""
    status, headers, said = ask(realm, cookie, "/static/a.css")

    assert (status, said) == (200, "nobody")
    assert "Cookie" not in headers.get("Vary", "")


def test_a_fault_of_the_database_is_told_in_pyramid_too(
    realm: Realm, cookie: str
) -> None:
    """It is the tables that go, between the start and the request."""

    def ask(header: str, status: int) -> Any:
        return browser.get("/", headers={"Cookie": header}, status=status)

    browser = pyramid_browser(realm)
    with realm.writing() as db:
        db.execute(text("ALTER TABLE ar_sessions RENAME TO gone"))

    assert "temporarily unavailable" in ask(cookie, 503).text
    assert ask("theme=dark", 200).text == "nobody"


@pytest.mark.parametrize("kind", [Middleware, AsgiMiddleware])
def test_one_path_that_is_left_alone_needs_no_list(realm: Realm, kind: Any) -> None:
    """By its letters it would be many paths, ``/`` among them."""
    assert kind(greeting, realm, ignore="/static").ignore == ("/static",)


def test_pyramid_knows_who_is_there_before_views_are_found(
    realm: Realm, cookie: str
) -> None:
    """A tween may ask, as pyramid_tm does, and so may a program, of nobody."""
    registry = pyramid_browser(realm).app.registry
    for header, email in ((cookie, ADA), ("", None)):
        request = Request.blank("/", headers={"Cookie": header})
        request.registry = registry
        apply_request_extensions(request)

        assert getattr(request.current_user, "email", None) == email


@ASKED
def test_the_pages_are_served_below_their_path(realm: Realm, ask: Any) -> None:
    """And what only begins like them is the application's."""
    assert "<form" in ask(realm, "", "/auth/login")[2]
    assert ask(realm, "", "/authors")[2] == "nobody"


def test_pages_of_a_pyramid_application_may_be_below_its_mount(realm: Realm) -> None:
    """The path of the realm's URL begins at the origin, not where that is mounted."""
    app = pyramid_browser(realm, "http://localhost/app/auth").app

    def said(path: str) -> str:
        request = Request.blank(path, base_url="http://localhost/app")
        return str(request.get_response(app).text)

    assert "<form" in said("/auth/login")
    assert said("/app/auth/login") == said("/authors") == "nobody"


def test_it_costs_one_query_a_request(realm: Realm, cookie: str) -> None:
    """With the organization; without a cookie it costs none."""
    asked: list[str] = []
    event.listen(
        realm.database.engine,
        "before_cursor_execute",
        lambda _c, _k, statement, *_: asked.append(statement),
    )

    def queries(header: str) -> int:
        asked.clear()
        by_wsgi(realm, header)
        return sum(one.startswith("SELECT") for one in asked)

    assert queries(cookie) == 1
    assert queries("") == queries("theme=dark") == 0


def test_the_organization_is_the_selected_one(
    realm: Realm, ada: User, cookie: str
) -> None:
    """With what the person may do there."""
    need("orgs")
    from ...features.orgs import flow, selecting

    org = realm.add_org("Acme")
    with realm.writing() as db:
        flow._put(db, ada.id, org, ["ar:admin"], realm.now)
        selecting._remember(db, _session_id(realm, cookie), org)
    found = current.find(realm, current.cookie_in(realm, cookie))

    assert found.org is not None
    assert found.membership is not None
    assert (found.org.id, found.org.name) == (org, "Acme")
    assert found.membership.any_permission("ar:admin")
    assert not found.membership.any_permission("ar:owner")
    assert found.membership.user == found.user


def _session_id(realm: Realm, cookie: str) -> str:
    found = current.find(realm, current.cookie_in(realm, cookie))
    assert found.session is not None
    return found.session.id


def test_use_is_noted_once_a_minute(realm: Realm, clock: Clock, cookie: str) -> None:
    """So that working in the application keeps the login alive."""
    for _ in range(4):
        clock.forward(minutes=60)
        assert by_wsgi(realm, cookie)[2] == ADA


def test_a_database_that_only_reads_still_tells_who_is_there(
    realm: Realm, clock: Clock, cookie: str
) -> None:
    """A full disk or a lock stops no page that writes nothing."""
    with realm.writing() as db:
        db.execute(
            text(
                "CREATE TRIGGER full BEFORE UPDATE ON ar_sessions "
                "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
            )
        )
    clock.forward(minutes=5)

    assert by_wsgi(realm, cookie)[2] == ADA


@pytest.mark.parametrize(
    ("origin", "said"),
    [(b"http://localhost:8000", ADA), (b"http://evil.example", "nobody")],
)
def test_a_websocket_of_another_site_is_nobody(
    realm: Realm, cookie: str, origin: bytes, said: str
) -> None:
    """Browsers send the cookie with it, and no form's token."""
    scope = scope_of("websocket", "/", cookie, (b"origin", origin))
    _, body = asyncio.run(called(AsgiMiddleware(agreeting, realm), scope))

    assert body["body"].decode() == said


@pytest.mark.parametrize(
    ("origin", "said"),
    [(b"https://localhost:8000", ADA), (b"http://localhost:8000", "nobody")],
)
def test_a_websocket_of_a_page_without_https_is_nobody(
    make: Make, origin: bytes, said: str
) -> None:
    """Where the realm has https; the server may not know of it, behind a proxy."""
    realm = make(url="https://localhost:8000/auth", cheap_hashing=False)
    realm.add_user(ADA)
    cookie = f"__Host-arrealm={logged_in(realm, find(realm, ADA))}"
    scope = scope_of("websocket", "/", cookie, (b"origin", origin))
    _, body = asyncio.run(called(AsgiMiddleware(agreeting, realm), scope))

    assert body["body"].decode() == said


def test_a_login_comes_back_to_where_it_was_asked_for(realm: Realm) -> None:
    """The application's page, whatever it is served by; a stranger's is refused."""
    need("password")
    browser = TestApp(
        Middleware(greeting, realm),
        {"HTTP_HOST": "localhost:5000", "REMOTE_ADDR": "127.0.0.1"},
    )
    page = browser.get("/auth/login?redirect_uri=/reports%3Fyear%3D2026")
    form = page.forms[0]
    form["email"], form["password"] = ADA, PASSWORD
    answer = form.submit()

    assert answer.location.startswith("http://localhost:5000/reports?year=2026")
    assert answer.follow().text == ADA


def test_realm_of_an_application_needs_a_path(tmp_path: Any, monkeypatch: Any) -> None:
    """Else its pages would take the place of all others."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALM_KEY", signing_key())
    monkeypatch.setenv("REALM_CHEAP_HASHING", "true")
    with pytest.raises(ConfigurationError, match="would take the whole site"):
        open_realm({"url": "http://localhost:8000/"})


@pytest.mark.parametrize(
    ("ini", "environ", "name"),
    [
        ("", {}, "Local realm"),
        ("[realm]\nname = Shop\n", {}, "Shop"),
        ("[app:main]\nuse = egg:shop\nrealm.name = Shop\n", {}, "Shop"),
        ("[realm]\nname = Shop\n", {"REALM_NAME": "Fair"}, "Fair"),
    ],
)
def test_it_is_configured_by_file_and_environment(
    tmp_path: Any, monkeypatch: Any, ini: str, environ: dict[str, str], name: str
) -> None:
    """The environment wins; with neither it is one for development."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALM_KEY", signing_key())
    monkeypatch.setenv("REALM_CHEAP_HASHING", "true")
    if ini:
        (tmp_path / "realm.ini").write_text(ini)
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    with open_realm() as realm:
        assert realm.settings.name == name
        assert realm.settings.url.is_loopback


def test_what_the_application_says_is_added_to_the_file(
    tmp_path: Any, monkeypatch: Any
) -> None:
    """One setting of its own does not make the realm one for development."""
    (tmp_path / "x.ini").write_text("[realm]\nname = Shop\nurl = http://[::1]/in\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALM_CONFIG", "x.ini")
    monkeypatch.setenv("REALM_KEY", signing_key())
    monkeypatch.setenv("REALM_CHEAP_HASHING", "true")
    with open_realm({"name": "Fair"}) as realm:
        assert (realm.settings.name, realm.settings.base_path) == ("Fair", "/in")


def test_a_misspelt_name_in_the_environment_is_told(
    tmp_path: Any, monkeypatch: Any
) -> None:
    """Else a realm for development would start; other names are others' own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALM_OF_FRANCE", "Bourbon")
    open_realm({"cheap_hashing": True}).close()
    monkeypatch.setenv("REALM_DATABSE", "sqlite:///a.sqlite")
    with pytest.raises(ConfigurationError) as failed:
        open_realm()

    assert "REALM_DATABSE" in str(failed.value)
    assert "Did you mean REALM_DATABASE?" in str(failed.value)


def test_the_environment_tells_of_features_too(tmp_path: Any, monkeypatch: Any) -> None:
    """Two underscores stand for the dot."""
    need("reset")
    from ...features.reset import Reset

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REALM_KEY", signing_key())
    monkeypatch.setenv("REALM_CHEAP_HASHING", "true")
    monkeypatch.setenv("REALM_RESET__MINUTES", "45")
    with open_realm() as realm:
        assert realm.settings[Reset].minutes == 45


def test_a_file_can_be_named(tmp_path: Any, monkeypatch: Any) -> None:
    """Pyramid's own will do, if it says anything of the realm."""
    (tmp_path / "other.ini").write_text("[app:main]\nuse = egg:shop\n")
    monkeypatch.setenv("REALM_CONFIG", str(tmp_path / "other.ini"))
    with pytest.raises(InvalidIni, match=r"has no section \[realm\]"):
        open_realm()


def test_what_is_no_request_passes_through(realm: Realm) -> None:
    """As the start and the end of a server."""

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        await send(scope)

    scope = {"type": "lifespan"}
    assert asyncio.run(called(AsgiMiddleware(app, realm), scope)) == [scope]


def test_a_websocket_without_an_origin_is_nobody_s(realm: Realm, cookie: str) -> None:
    """No browser opens one like that."""
    scope = scope_of("websocket", "/", cookie)
    _, body = asyncio.run(called(AsgiMiddleware(agreeting, realm), scope))

    assert body["body"] == b"nobody"


def test_a_fault_of_the_database_closes_a_websocket(realm: Realm, cookie: str) -> None:
    """To be opened again later (1013)."""
    with realm.writing() as db:
        db.execute(text("ALTER TABLE ar_sessions RENAME TO gone"))
    scope = scope_of("websocket", "/", cookie, (b"origin", b"http://localhost:8000"))
    (closed,) = asyncio.run(called(AsgiMiddleware(agreeting, realm), scope))

    assert closed == {"type": "websocket.close", "code": 1013}


def test_who_is_there_is_the_same_in_each_request(realm: Realm, cookie: str) -> None:
    """So that people can be compared, and kept in a set."""
    one = current.find(realm, current.cookie_in(realm, cookie))
    two = current.find(realm, current.cookie_in(realm, cookie))

    assert one.user == two.user
    assert len({one.user, two.user}) == 1
    assert one.session != one.user
