"""F33: a context that the application copies keeps nothing of a request."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any

import bottle
import flask
import pytest
from django.http import HttpResponse
from django.test.utils import override_settings
from django.urls import re_path
from pyramid.config import Configurator
from pyramid.response import Response

from arware import Auth
from arware.bottle import Plugin
from arware.flask import AuthRocket, current_user, login_required
from arware.testing import MemoryRealm, signed_in
from arware.testing._calls import Call, wsgi_environ
from arware.wsgi import Middleware

from .django_host import Urls, make_application

Keep = Callable[[], None]


def plain(keep: Keep, settings: dict[str, Any]) -> Any:
    """Return an application that answers at once."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        keep()
        start_response("200 OK", [])
        return [b"ok"]

    return Middleware(app, **settings)


def late(keep: Keep, settings: dict[str, Any]) -> Any:
    """Return an application that answers when its body is read."""

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        keep()
        start_response("200 OK", [])
        yield b"ok"

    return Middleware(app, **settings)


def tween(keep: Keep, settings: dict[str, Any]) -> Any:
    """Return a Pyramid application."""

    def view(request: Any) -> Response:
        keep()
        return Response("ok")

    named = {f"authrocket.{name}": value for name, value in settings.items()}
    with Configurator(settings=named) as config:
        config.include("arware.pyramid")
        config.add_route("all", "/*path")
        config.add_view(view, route_name="all")
    return config.make_wsgi_app()


def plugin(keep: Keep, settings: dict[str, Any]) -> Any:
    """Return a Bottle application."""
    app = bottle.Bottle()
    app.install(Plugin(**settings))

    @app.route("/<path:path>")
    @app.route("/")
    def view(path: str = "") -> str:
        keep()
        return "ok"

    return app


def extension(keep: Keep, settings: dict[str, Any]) -> Any:
    """Return a Flask application."""
    app = flask.Flask("kept")
    AuthRocket(app, **settings)

    @app.get("/<path:path>")
    @app.get("/")
    @login_required
    def view(path: str = "") -> str:
        keep()
        return current_user.id

    return app


def django(keep: Keep, settings: dict[str, Any]) -> Any:
    """Return a Django application without local users."""

    def view(request: Any) -> HttpResponse:
        keep()
        return HttpResponse(request.current_user.id if request.current_user else "ok")

    urls = Urls()
    urls.urlpatterns.append(re_path("", view))
    app = make_application(settings, "wsgi")

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        with override_settings(ROOT_URLCONF=urls):
            return list(app(environ, start_response))

    return application


def alive() -> int:
    """
    Return how many auth objects there are.

    Asks for the type alone: ``isinstance`` reads ``__class__``, which wakes the lazy
    objects that other tests have left.
    """
    return sum(type(thing) is Auth for thing in gc.get_objects())


def count() -> int:
    """Return how many auth objects there are beside garbage."""
    gc.collect()  # frameworks leave circles, which are no concern of this test
    return alive()


# Flask keeps the request itself in the context, so it is not one of these.
@pytest.mark.parametrize("make", [plain, late, tween, plugin, django])
def test_f33_a_copied_context_keeps_no_auth_object(make: Any) -> None:
    """Threads, executors and greenlets copy contexts and outlive requests."""
    kept: list[Context] = []
    realm = MemoryRealm()
    app = make(lambda: kept.append(copy_context()), realm.settings())
    browser = signed_in(app, realm)
    browser.get("/page")
    before = count()
    for _ in range(3):
        browser.get("/page")

    assert len(kept) == 4
    assert count() == before


@pytest.mark.parametrize("make", [plain, late, tween, plugin, extension, django])
def test_f33_no_request_waits_for_the_garbage_collector(make: Any) -> None:
    """Nothing that the adapter puts into the environ leads back to it."""
    realm = MemoryRealm()
    browser = signed_in(make(lambda: None, realm.settings()), realm)
    browser.get("/page")
    gc.collect()
    before = alive()
    gc.disable()
    try:
        for _ in range(3):
            browser.get("/page")
        after = alive()
    finally:
        gc.enable()

    assert after == before


def broken(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Fail at once."""
    raise ZeroDivisionError


def broken_late(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Fail when the body is read."""
    yield b"%d" % (1 // 0)


@pytest.mark.parametrize("application", [broken, broken_late])
def test_f33_an_error_that_comes_through_keeps_nothing(application: Any) -> None:
    """Its traceback would hold the request until garbage is looked for."""
    realm = MemoryRealm()
    app = Middleware(application, **realm.settings())
    before = count()
    gc.disable()
    try:
        for _ in range(3):
            with suppress(ZeroDivisionError):
                list(app(wsgi_environ(Call()), lambda *_: lambda _: None))
        after = alive()
    finally:
        gc.enable()

    assert after == before
