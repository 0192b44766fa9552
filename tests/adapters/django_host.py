"""The application of ``whoami.py`` as Django's users would write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from .hosts import respond_async, stream_async
from .whoami import ROUTES, Answer, Seen, seen_in, streamed


def _set_up() -> None:
    if settings.configured:
        return
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DEBUG=False,
        LOGGING_CONFIG=None,
        MIDDLEWARE=[],
        ROOT_URLCONF=__name__,
        SECRET_KEY="a secret for tests only",
        USE_TZ=True,
    )
    django.setup()


def wsgi_handler() -> Any:
    """Return Django as a WSGI application."""
    _set_up()
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler()


def asgi_handler() -> Any:
    """Return Django as an ASGI application."""
    _set_up()
    from django.core.handlers.asgi import ASGIHandler

    return ASGIHandler()


def _seen_by(request: HttpRequest) -> Seen:
    keys = getattr(request, "scope", request.META)
    return seen_in(
        keys,
        remote_user=keys.get("REMOTE_USER"),
        path=request.path_info,
        method=request.method,
        query=request.GET.dict(),
        body=request.body,
    )


def _response(answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status)
    for name, value in answer.all_headers:
        response[name] = value
    if answer.status == 204:
        del response["Content-Type"]
    return response


def _view_of(route: Callable[[Seen], Answer]) -> Callable[[HttpRequest], HttpResponse]:
    def view(request: HttpRequest) -> HttpResponse:
        return _response(route(_seen_by(request)))

    return view


async def _alogin(request: HttpRequest) -> HttpResponse:
    return _response(await respond_async(_seen_by(request)))


def _stream(request: HttpRequest) -> StreamingHttpResponse:
    stream = stream_async if hasattr(request, "scope") else streamed
    keys = getattr(request, "scope", request.META)
    chunks = stream(keys["authrocket.auth"], request.GET.get("with"))
    return StreamingHttpResponse(chunks, content_type="text/plain")


urlpatterns = [
    path("stream", _stream),
    path("alogin-by-app", _alogin),
    *(path(where.lstrip("/"), _view_of(route)) for where, route in ROUTES.items()),
]


class Urls:
    """Routes of a test's own, for ``ROOT_URLCONF``."""

    def __init__(self, **views: Callable[[HttpRequest], HttpResponse]) -> None:
        self.urlpatterns = [path(name, view) for name, view in views.items()]
