"""Refusals that meet other errors, other headers, and people who are logged in."""

from __future__ import annotations

from typing import Any

import pytest

from arware.errors import Forbidden, LoginRequired
from arware.testing import Browser

from .conftest import ORIGIN, Site, SiteMaker, logins
from .hosts import HOSTS, Host

#: These have forgotten the error when the response starts, so that nobody can tell from
#: outside what it was.
SWALLOWING = ("falcon",)
TELLING = [host for host in HOSTS if host.name not in SWALLOWING]


def outcome(browser: Browser, path: str) -> int | type[Exception]:
    """Return the status for *path*, or what reached the server instead."""
    try:
        return browser.get(path).status
    except Exception as error:  # noqa: BLE001 - whichever reached the server
        return type(error)


# --- Another error follows ---


@pytest.mark.parametrize("host", TELLING, ids=str)
@pytest.mark.parametrize(
    "path",
    [
        "/caught-then-crash",
        "/broken-while-catching",
        "/refused-beside-a-crash",
        "/refused-in-a-circle",
    ],
)
def test_f7_a_refusal_that_was_caught_hides_no_other_error(
    make_site: SiteMaker, host: Host, path: str
) -> None:
    """The application dealt with it; what failed then is a 500."""
    site = make_site(host)
    for browser in (site.browser(), site.member("alice")):
        assert outcome(browser, path) in (500, ZeroDivisionError, ExceptionGroup)


@pytest.mark.parametrize("path", ["/refused-by-another", "/refused-in-a-group"])
def test_f7_an_error_because_of_a_refusal_is_the_refusal(site: Site, path: str) -> None:
    """Layers raise errors of their own from it, and tasks raise groups."""
    answer = site.member("alice").get(path)

    assert answer.status == 403
    assert "You cannot open this page" in answer.text


@pytest.mark.parametrize("path", ["/refused-by-another", "/refused-in-a-group"])
def test_f7_a_program_is_told_of_it_in_json(site: Site, path: str) -> None:
    """As of a plain refusal."""
    answer = site.member("alice").fetch(path)

    assert answer.status == 403
    assert answer.json()["error"] == "forbidden"


# --- Somebody is logged in ---


def test_f11_who_is_logged_in_is_told_so_instead_of_sent_around(site: Site) -> None:
    """``LoginRequired`` then is a 403 that says who, with a way to another account."""
    browser = site.member("alice")
    page = browser.get("/login-required")
    program = browser.fetch("/login-required")

    assert page.status == 403
    assert "alice@example.com" in page.text
    assert "Switch account" in page.text
    assert "prompt=login" in page.text
    assert program.status == 403
    assert program.json() == {"error": "forbidden"}


def test_f11_a_login_is_asked_of_who_is_not_logged_in(site: Site) -> None:
    """The same view sends an anonymous browser to the login page."""
    assert site.is_login(site.browser().get("/login-required"))
    assert site.browser().fetch("/login-required").status == 401


# --- Headers of the response that is replaced ---


def test_f17_a_logout_keeps_the_other_cookies_and_cors(site: Site) -> None:
    """``session.clear(); auth.logout()`` leaves no session of the application's."""
    answer = site.member("alice").get("/leave-whole")
    cookies = answer.all("Set-Cookie")

    assert answer.status == 302
    assert answer.location.startswith(site.realm.url + "logout")
    assert "session=; Max-Age=0; Path=/" in cookies
    assert any(line.startswith("__Host-authrocket=;") for line in cookies)
    assert answer.header("Access-Control-Allow-Origin") == "https://other.example"
    assert answer.header("Access-Control-Allow-Credentials") == "true"
    assert vary(answer) == {"origin", "cookie", "authorization"}
    assert answer.header("X-Other") is None


def vary(answer: Any) -> set[str]:
    """Return the names that *answer* varies by; they stand in one header."""
    names = [name.strip().lower() for name in answer.header("Vary").split(",")]
    assert len(names) == len(set(names))
    return set(names)


CORS = [
    ("Access-Control-Allow-Origin", "https://other.example"),
    ("Vary", "Origin"),
    ("Set-Cookie", "session=kept; Path=/"),
]


def failing_wsgi(refusal: type[Exception]) -> Any:
    """Return an application that answers a refusal with a 500 and headers."""

    def application(environ: Any, start_response: Any) -> Any:
        try:
            raise refusal
        except refusal:
            start_response("500 Oops", [("Content-Type", "text/plain"), *CORS])
            return [b"oops"]

    return application


def failing_asgi(refusal: type[Exception]) -> Any:
    """Return the same as an ASGI application."""
    headers = [(name.lower().encode(), value.encode()) for name, value in CORS]

    async def application(scope: Any, receive: Any, send: Any) -> None:
        try:
            raise refusal
        except refusal:
            start = {"type": "http.response.start", "status": 500}
            await send(start | {"headers": headers})
            await send({"type": "http.response.body", "body": b"oops"})

    return application


@pytest.mark.parametrize("refusal", [LoginRequired, Forbidden])
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_f17_a_refusal_keeps_them_too(
    make_site: SiteMaker, interface: str, refusal: type[Exception]
) -> None:
    """Without them a script of another origin sees a network error, no refusal."""
    from arware import asgi, wsgi

    def build(**adapter: Any) -> Any:
        if interface == "wsgi":
            return wsgi.Middleware(failing_wsgi(refusal), **adapter)
        return asgi.Middleware(failing_asgi(refusal), **adapter)

    site = make_site(Host("failing", "wsgi", build))
    answer = site.browser().fetch("/")

    assert answer.status == (403 if refusal is Forbidden else 401)
    assert answer.header("Access-Control-Allow-Origin") == "https://other.example"
    assert answer.all("Set-Cookie") == ["session=kept; Path=/"]
    assert vary(answer) == {"origin", "cookie", "authorization"}


def test_f17_cors_of_starlette_outside_the_views(make_site: SiteMaker) -> None:
    """Its middleware inside of ours adds headers to the 500, which ours keeps."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware as Layer
    from starlette.middleware.cors import CORSMiddleware
    from starlette.routing import Route

    from arware.asgi import Middleware

    async def private(request: Any) -> None:
        request.scope["authrocket.auth"].require()

    origins = ["https://other.example"]
    cors = Layer(CORSMiddleware, allow_origins=origins, allow_credentials=True)

    def build(**adapter: Any) -> Any:
        layers = [Layer(Middleware, **adapter)]
        app = Starlette(routes=[Route("/", private)], middleware=layers)
        # Outermost, where it belongs: it sees what ours answers.
        return cors.cls(app, **cors.kwargs)

    site = make_site(Host("starlette", "asgi", build))
    answer = site.browser().fetch("/", headers={"Origin": "https://other.example"})

    assert answer.status == 401
    assert answer.header("Access-Control-Allow-Origin") == "https://other.example"


def test_f17_hooks_of_bottle_see_the_refusal(make_site: SiteMaker) -> None:
    """It is Bottle's own response, so what hooks add is there."""
    import bottle

    from arware.bottle import Plugin

    def build(**adapter: Any) -> Any:
        app = bottle.Bottle()
        app.install(Plugin(**adapter))

        @app.hook("after_request")
        def allow() -> None:
            bottle.response.set_header("Access-Control-Allow-Origin", "*")

        @app.get("/")
        def private() -> None:
            raise LoginRequired

        return app

    answer = make_site(Host("bottle", "wsgi", build)).browser().fetch("/")

    assert answer.status == 401
    assert answer.header("Access-Control-Allow-Origin") == "*"


# --- A form that comes too late ---


FORMS = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]


@pytest.mark.parametrize("content_type", FORMS)
@pytest.mark.parametrize("ended", ["expired", "logged out"])
def test_f18_a_form_after_the_login_is_over_gets_a_page(
    site: Site, content_type: str, ended: str
) -> None:
    """It says that the browser still has the form, and opens the login in a tab."""
    browser = site.member("alice", lifetime=600)
    headers = {"Content-Type": content_type}
    if ended == "expired":
        site.clock.advance(3600)
    else:
        browser.get("/logout")
    answer = browser.post("/private", b"--x--\r\n", headers=headers)

    assert answer.status == 401
    assert (answer.header("Content-Type") or "").startswith("text/html")
    assert "You are not logged in any more" in answer.text
    assert 'target="_blank"' in answer.text
    assert "/login?redirect_uri=%2F" in answer.text
    assert not answer.location


def test_f18_a_script_s_post_is_told_in_json(site: Site) -> None:
    """So is a form of another content type that a script sends."""
    for headers in ({}, {"Content-Type": FORMS[1]}):
        body = b"--x--\r\n"
        answer = site.browser().fetch("/private", "POST", body=body, headers=headers)

        assert answer.status == 401
        assert answer.json()["login_url"] == f"{ORIGIN}/login?redirect_uri=%2F"


def test_f18_the_login_of_the_page_leads_back_and_the_form_works(site: Site) -> None:
    """Log in in the other tab; the same form, sent again, is taken."""
    browser = site.member("alice", lifetime=600)
    site.clock.advance(3600)
    assert browser.post("/private", {"a": "1"}).status == 401
    site.callback(browser)

    assert browser.post("/private", {"a": "1"}).json()["body"] == "a=1"


@pytest.mark.parametrize("dest", ["iframe", "frame", "embed", "object"])
def test_a_frame_that_needs_a_login_is_told_in_json(
    adapter: SiteMaker, dest: str
) -> None:
    """The login page could not be framed, and nobody would see why."""
    site = adapter(require_login=("/members",))
    headers = {"Sec-Fetch-Dest": dest}
    for path in ("/members", "/private"):
        for method in ("GET", "POST"):
            answer = site.browser().request(method, path, headers=headers)

            assert answer.status == 401, (path, method)
            assert answer.json()["error"] == "login_required"


# --- A login after the response began ---


def test_f24_a_login_after_the_response_began_is_an_error(site: Site) -> None:
    """No cookie could keep it; it says so instead of pretending."""
    site.member("warm-up")  # so that the keys are at hand
    browser = site.browser()
    answer = browser.get(f"/stream?with={site.token('alice')}")

    assert answer.body == b"one two three" + b"ResponseStarted"
    assert logins(browser) == {}
    assert browser.get("/").json()["user"] is None


@pytest.mark.parametrize("method", ["login", "alogin"])
def test_f24_a_websocket_takes_no_login(make_site: SiteMaker, method: str) -> None:
    """Its handshake sets no cookie."""
    from arware.asgi import Middleware
    from arware.errors import ResponseStarted

    raised: list[Exception] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        auth, token = scope["authrocket.auth"], scope["query_string"].decode()
        try:
            auth.login(token) if method == "login" else await auth.alogin(token)
        except ResponseStarted as error:
            raised.append(error)
        assert auth.user is None
        await send({"type": "websocket.close", "code": 1000})

    host = Host("asgi", "asgi", lambda **adapter: Middleware(application, **adapter))
    site = make_site(host)
    site.browser().websocket(f"/?{site.token()}")

    assert [str(error).split(",")[0] for error in raised] == [
        "the response has started"
    ]


# --- In a websocket ---


@pytest.mark.parametrize("how", ["wrapped", "grouped"])
def test_f7_a_websocket_is_closed_by_a_refusal_inside_another_error(
    make_site: SiteMaker, how: str
) -> None:
    """As by a plain one: 1008."""
    from arware.asgi import Middleware

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if how == "grouped":
            raise ExceptionGroup("several tasks", [Forbidden()])
        raise RuntimeError from Forbidden()

    host = Host("asgi", "asgi", lambda **adapter: Middleware(application, **adapter))
    messages = make_site(host).browser().websocket("/")

    assert [(m["type"], m.get("code")) for m in messages] == [("websocket.close", 1008)]
