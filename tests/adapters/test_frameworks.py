"""What each framework does to errors, bodies and contexts, and the adapters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from wsgiref.validate import validator

import pytest

from arware import asgi, wsgi
from arware.errors import Forbidden, LoginRequired
from arware.testing import MemoryRealm

from .conftest import Clock, Site
from .hosts import Host

Maker = Callable[..., Site]


@pytest.fixture
def site_of(realm: MemoryRealm, clock: Clock) -> Maker:
    """Return what puts an adapter of either kind around an application."""

    def make(app: Any, interface: str = "wsgi", **adapter: Any) -> Site:
        settings = realm.settings(clock=clock) | adapter
        if interface == "wsgi":
            guarded = validator(wsgi.Middleware(app, **settings))
        else:
            guarded = asgi.Middleware(app, **settings)
        return Site(
            guarded, Host("framework", interface, lambda **_: app), realm, clock
        )

    return make


# --- Django ---


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_django_from_outside(site_of: Maker, interface: str, debug: bool) -> None:
    """Its pages for a 500, the technical one too, are replaced."""
    from django.test.utils import override_settings

    from .django_host import Urls, bare_handler

    def private(request: Any) -> Any:
        raise LoginRequired

    site = site_of(bare_handler(interface), interface)
    with override_settings(DEBUG=debug, ROOT_URLCONF=Urls(private=private)):
        answer = site.browser().get("/private")
        api = site.browser().fetch("/private")

    assert site.is_login(answer)
    assert answer.body == b""
    assert api.status == 401
    assert "LoginRequired" not in api.text


# --- Starlette and FastAPI ---


def starlette_app(**options: Any) -> Any:
    """Return a Starlette application with a private page."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def private(request: Any) -> Any:
        user = request.scope["authrocket.user"]
        if user is None:
            raise LoginRequired
        return PlainTextResponse(user.id)

    async def forbidden(request: Any) -> Any:
        raise Forbidden

    routes = [Route("/private", private), Route("/forbidden", forbidden)]
    return Starlette(routes=routes, **options)


def test_starlette_s_one_line_handler(site_of: Maker) -> None:
    """A handler for our refusals leaves the answer to the adapter."""
    from starlette.responses import Response

    handlers = {LoginRequired: lambda request, error: Response(status_code=500)}
    site = site_of(starlette_app(exception_handlers=handlers), "asgi")

    assert site.is_login(site.browser().get("/private"))
    assert site.member("alice").get("/private").text == "usr_alice"


@pytest.mark.parametrize("debug", [False, True])
def test_starlette_debugging(site_of: Maker, debug: bool) -> None:
    """Its traceback page is replaced, and what it raises afterwards is ours."""
    site = site_of(starlette_app(debug=debug), "asgi")

    assert site.is_login(site.browser().get("/private"))
    assert site.browser().get("/forbidden").status == 403


def test_starlette_with_a_middleware_between(site_of: Maker) -> None:
    """BaseHTTPMiddleware runs views in a task of its own, whose context is a copy."""
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware

    class Between(BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            response = await call_next(request)
            response.headers["x-between"] = "1"
            return response

    site = site_of(starlette_app(middleware=[Middleware(Between)]), "asgi")

    assert site.is_login(site.browser().get("/private"))
    assert site.browser().get("/forbidden").status == 403
    assert site.member("alice").get("/private").header("x-between") == "1"


def test_starlette_s_mounts_and_its_session(site_of: Maker) -> None:
    """Below ``Mount`` the URL is whole, and SessionMiddleware keeps its own cookie."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.sessions import SessionMiddleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    async def page(request: Any) -> Any:
        request.session["seen"] = request.session.get("seen", 0) + 1
        request.scope["authrocket.auth"].require()
        return PlainTextResponse(str(request.session["seen"]))

    app = Starlette(
        routes=[Mount("/shop", routes=[Route("/cart", page)])],
        middleware=[Middleware(SessionMiddleware, secret_key="a secret")],
    )
    site = site_of(app, "asgi")
    answer = site.browser().get("/shop/cart")
    browser = site.member("alice")

    assert "app.example%2Fshop%2Fcart%3Far_state" in answer.location
    assert [browser.get("/shop/cart").text for _ in range(2)] == ["1", "2"]


def test_fastapi_dependencies_and_errors(site_of: Maker) -> None:
    """A dependency may refuse; HTTPException is the application's own word."""
    from fastapi import Depends, FastAPI, HTTPException
    from starlette.requests import Request

    app = FastAPI()

    def user_of(request: Request) -> Any:
        user = request.scope["authrocket.user"]
        if user is None:
            raise LoginRequired
        return user

    async def me(user: Any = Depends(user_of)) -> Any:  # noqa: B008 - FastAPI's way
        return {"user": user.id}

    async def own() -> Any:
        raise HTTPException(401, "own 401")

    # The annotations of this module are text, which FastAPI could not look up here.
    user_of.__annotations__["request"] = Request
    app.get("/me")(me)
    app.get("/own")(own)
    site = site_of(app, "asgi")

    assert site.browser().fetch("/me").json()["error"] == "login_required"
    assert site.is_login(site.browser().get("/me"))
    assert site.member("alice").get("/me").json() == {"user": "usr_alice"}
    assert site.browser().get("/own").json() == {"detail": "own 401"}


def test_a_background_task_runs_after_the_answer(site_of: Maker) -> None:
    """It sees the request's user, and what it raises is the server's to see."""
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    done: list[str] = []

    async def page(request: Any) -> Any:
        async def later() -> None:
            await asyncio.sleep(0)
            done.append(request.scope["authrocket.user"].id)

        return PlainTextResponse("ok", background=BackgroundTask(later))

    site = site_of(Starlette(routes=[Route("/", page)]), "asgi")

    assert site.member("alice").get("/").text == "ok"
    assert done == ["usr_alice"]


# --- Bodies of any size ---


def test_t52_a_long_wsgi_stream_is_never_held(site_of: Maker) -> None:
    """256 MiB go through chunk by chunk in constant memory."""
    import tracemalloc

    from arware.testing._calls import Call, wsgi_environ

    chunk = b"x" * 65_536

    def application(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (chunk for _ in range(4096))

    site = site_of(application)
    total = 0
    tracemalloc.start()
    try:
        environ = wsgi_environ(Call(origin="https://app.example"))
        body = site.app(environ, lambda *_: lambda _: None)
        for part in body:
            total += len(part)
        body.close()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert total == 256 * 1024 * 1024
    assert peak < 5_000_000


def test_t52_a_long_asgi_stream_is_never_held(site_of: Maker) -> None:
    """The same on the other interface."""
    import tracemalloc

    from arware.testing._calls import Call, asgi_scope

    chunk = b"x" * 65_536
    total = 0

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(4096):
            message = {"type": "http.response.body", "body": chunk}
            await send(message | {"more_body": True})
        await send({"type": "http.response.body", "body": b""})

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal total
        total += len(message.get("body", b""))

    site = site_of(application, "asgi")
    scope = asgi_scope(Call(origin="https://app.example"))
    tracemalloc.start()
    try:
        asyncio.run(site.app(scope, receive, send))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert total == 256 * 1024 * 1024
    assert peak < 5_000_000
