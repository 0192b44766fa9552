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
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpResponse
from django.test import override_settings
from pyramid.config import Configurator

from arware import asgi, wsgi
from arware.bottle import Plugin
from arware.exchange import KEY, Exchange
from arware.flask import AuthRocket, current_user
from arware.runtime.authenticator import Authenticator
from arware.starlette import auth, install
from arware.testing import Browser
from arware.web.environ import EnvironRequest
from arware.web.response import Response
from arware.web.scope import ScopeRequest
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


class DjangoMiddleware:
    """An adapter in Django's list of middlewares, as small as one can be."""

    sync_capable = async_capable = True
    #: Of the adapter that is made next: Django makes it without arguments.
    settings: dict[str, Any]
    #: Where its views are, if not where Django's settings say.
    urls: Any = None

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        self.urls = self.urls
        self.authenticator = Authenticator(None, self.settings)
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        if iscoroutinefunction(self.get_response):
            return self.acall(request)
        outer, request.urlconf = request.META.get(KEY), self.urls
        found = EnvironRequest(request.META)
        answer = self.authenticator.process_request(found, outer)
        if isinstance(answer, Response):
            return answered(answer.status, answer.headers, answer.body)
        exchange = Exchange(self.authenticator.flow, answer, request.META)
        exchange.publish()
        return finished(exchange, self.get_response(request))

    async def acall(self, request: Any) -> Any:
        query = request.scope["query_string"]
        if isinstance(query, str):  # as Django's own client has it
            query = query.encode()
        request.urlconf = self.urls
        found = ScopeRequest({**request.scope, "query_string": query})
        steps = self.authenticator.begin_request(found, request.scope.get(KEY))
        answer = await self.authenticator.finish(steps)
        if isinstance(answer, Response):
            return answered(answer.status, answer.headers, answer.body)
        exchange = Exchange(self.authenticator.flow, answer, request.META)
        exchange.publish()
        return finished(exchange, await self.get_response(request))


def answered(status: int, headers: Any, body: bytes) -> HttpResponse:
    """Return a response of Django's."""
    response = HttpResponse(body, status=status)
    for name, value in headers:
        if name.lower() == "set-cookie":
            response.cookies.load(value)
        else:
            response[name] = value
    return response


def finished(exchange: Exchange, response: HttpResponse) -> HttpResponse:
    """Return *response* with the adapter's headers."""
    headers = list(response.items())
    headers = exchange.process_response(response.status_code, headers)
    return answered(response.status_code, headers, response.content)


URLS = django_host.Urls(**{"": lambda r: HttpResponse(who(r.META["authrocket.user"]))})


class OfDjango:
    """A client of Django's, in a project of its own."""

    def __init__(self, kind: type[Any], adapter: dict[str, Any]) -> None:
        django_host.wsgi_handler()  # which configures it
        name = f"{DjangoMiddleware.__module__}.{DjangoMiddleware.__qualname__}"
        self.client = kind()
        with override_settings(MIDDLEWARE=[name]):
            DjangoMiddleware.settings, DjangoMiddleware.urls = adapter, URLS
            is_async = kind is django.test.AsyncClient
            self.client.handler.load_middleware(is_async=is_async)


def django_client(**adapter: Any) -> Any:
    """Return Django's client."""
    return OfDjango(django.test.Client, adapter).client


def django_async_client(**adapter: Any) -> Any:
    """Return Django's asynchronous client."""
    return OfDjango(django.test.AsyncClient, adapter).client


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
