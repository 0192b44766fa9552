"""One application for each framework, and the test client that its users have."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import bottle
import django.test
import fastapi
import flask
import httpx
import webtest
from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse
from django.test import override_settings
from django.utils.decorators import sync_and_async_middleware
from pyramid.config import Configurator

from arware import asgi, wsgi
from arware.bottle import Plugin
from arware.flask import AuthRocket, current_user
from arware.starlette import auth, install
from arware.testing import Browser
from tests.adapters import django_host

with warnings.catch_warnings():
    # Starlette prefers a newer httpx, which need not be here.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

#: Makes a client of an application with an adapter's keywords.
Maker = Callable[..., Any]


def who(user: Any) -> str:
    """Return what each application says at its root."""
    return user.email if user else "nobody"


def wsgi_app(**adapter: Any) -> Any:
    """Return an application without a framework."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [who(environ["authrocket.user"]).encode()]

    return wsgi.Middleware(app, **adapter)


def asgi_app(**adapter: Any) -> Any:
    """Return an ASGI application without a framework."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        body = who(scope["authrocket.user"]).encode()
        await send({"type": "http.response.body", "body": body})

    return asgi.Middleware(app, **adapter)


def webtest_client(**adapter: Any) -> Any:
    """Return WebTest's client."""
    return webtest.TestApp(wsgi_app(**adapter))


def pyramid_client(**adapter: Any) -> Any:
    """Return WebTest's client of a Pyramid application."""
    settings = {f"authrocket.{name}": value for name, value in adapter.items()}
    with Configurator(settings=settings) as config:
        config.include("arware.pyramid")
        config.add_route("home", "/")
        config.add_view(
            lambda request: who(request.current_user),
            route_name="home",
            renderer="string",
        )
        return webtest.TestApp(config.make_wsgi_app())


def bottle_client(**adapter: Any) -> Any:
    """Return WebTest's client of a Bottle application."""
    app = bottle.Bottle()
    app.install(Plugin(**adapter))
    app.get("/", callback=lambda: who(bottle.request.current_user))
    return webtest.TestApp(app)


def flask_client(**adapter: Any) -> Any:
    """Return Flask's client."""
    app = flask.Flask(__name__)
    AuthRocket(app, **adapter)
    app.get("/")(lambda: who(current_user))
    return app.test_client()


def fastapi_client(**adapter: Any) -> Any:
    """Return FastAPI's client."""
    app = fastapi.FastAPI()
    install(app, **adapter)

    @app.get("/", response_class=fastapi.responses.PlainTextResponse)
    async def home(request: fastapi.Request) -> str:
        return who(auth(request).user)

    return TestClient(app, follow_redirects=False)


def httpx_wsgi_client(**adapter: Any) -> Any:
    """Return httpx's client of a WSGI application."""
    transport = httpx.WSGITransport(wsgi_app(**adapter))
    return httpx.Client(transport=transport, base_url="https://app.example")


def httpx_asgi_client(**adapter: Any) -> Any:
    """Return httpx's asynchronous client."""
    transport = httpx.ASGITransport(asgi_app(**adapter))
    return httpx.AsyncClient(transport=transport, base_url="http://testserver")


def browser(**adapter: Any) -> Any:
    """Return our own browser."""
    return Browser(wsgi_app(**adapter))


# --- Django ------------------------------------------------------------------------


@sync_and_async_middleware
def answering(get_response: Any) -> Any:
    """Answer in the place of views."""

    def answer(request: Any) -> HttpResponse:
        return HttpResponse(who(request.current_user))

    async def aanswer(request: Any) -> HttpResponse:
        return answer(request)

    return aanswer if iscoroutinefunction(get_response) else answer


def of_django(kind: type[Any], adapter: dict[str, Any]) -> Any:
    """Return a client of Django's, in a project of its own."""
    django_host.set_up()
    client = kind()
    names = [django_host.OURS, f"{__name__}.{answering.__name__}"]
    given = django_host.django_settings(adapter)
    with override_settings(MIDDLEWARE=names, **given):
        client.handler.load_middleware(is_async=kind is django.test.AsyncClient)
    return client


def django_client(**adapter: Any) -> Any:
    """Return Django's client."""
    return of_django(django.test.Client, adapter)


def django_async_client(**adapter: Any) -> Any:
    """Return Django's asynchronous client."""
    return of_django(django.test.AsyncClient, adapter)


# -----------------------------------------------------------------------------------

MAKERS: list[Maker] = [
    webtest_client,
    pyramid_client,
    bottle_client,
    flask_client,
    fastapi_client,
    httpx_wsgi_client,
    httpx_asgi_client,
    django_client,
    django_async_client,
    browser,
]


def page(client: Any, path: str = "/") -> str:
    """Return what the application answers to *client*."""
    options = {"expect_errors": True} if isinstance(client, webtest.TestApp) else {}
    answer = client.get(path, **options)
    if asyncio.iscoroutine(answer):
        answer = asyncio.run(answer)
    return answer.text if hasattr(answer, "text") else answer.content.decode()
