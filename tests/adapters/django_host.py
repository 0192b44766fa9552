"""The application of ``whoami.py`` as Django's users would write it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test.utils import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from .hosts import respond_async, stream_async
from .whoami import ROUTES, Answer, Seen, remote_users_in, streamed

OURS = "arware.django.Middleware"
#: What an application has that keeps nothing.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def set_up() -> None:
    """Configure Django, once for all tests of a process."""
    if settings.configured:
        return
    folder = tempfile.mkdtemp(prefix="arware-django-")
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"{folder}/database.sqlite",
        # Nothing of it outlives the tests.
        "OPTIONS": {"init_command": "PRAGMA synchronous=OFF", "timeout": 60},
    }
    settings.configure(
        ALLOWED_HOSTS=["*"],
        # The other is the same one, by another connection.
        DATABASES={"default": database, "other": database},
        DEBUG=False,
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "arware.django",
        ],
        LOGGING_CONFIG=None,
        MIDDLEWARE=[],
        ROOT_URLCONF=__name__,
        SECRET_KEY="a secret for tests only",
        USE_TZ=True,
    )
    django.setup()


def django_settings(adapter: dict[str, Any]) -> dict[str, Any]:
    """Return an adapter's keywords as Django's settings hold them."""
    given = dict(adapter)
    named = {"ARWARE_CLOCK": given.pop("clock")} if "clock" in given else {}
    return named | {f"AUTHROCKET_{name.upper()}": given[name] for name in given}


def make_application(adapter: dict[str, Any], interface: str) -> Any:
    """Return Django with our middleware, as a WSGI or an ASGI application."""
    set_up()
    with override_settings(MIDDLEWARE=[*MIDDLEWARE, OURS], **django_settings(adapter)):
        return bare_handler(interface)


def bare_handler(interface: str) -> Any:
    """Return Django with the middlewares of its settings, as they are now."""
    set_up()
    if interface == "wsgi":
        from django.core.handlers.wsgi import WSGIHandler

        return WSGIHandler()
    from django.core.handlers.asgi import ASGIHandler

    return ASGIHandler()


def _seen_by(request: HttpRequest) -> Seen:
    keys = getattr(request, "scope", request.META)
    return Seen(
        auth=request.authrocket,
        session=request.current_session,
        current_session=keys["authrocket.session"],
        user=request.current_user,
        membership=request.current_membership,
        org=request.current_org,
        again=lambda: request.current_user,
        remote_user=request.META.get("REMOTE_USER"),
        remote_users=remote_users_in(request.META),
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

    return csrf_exempt(view)


async def _alogin(request: HttpRequest) -> HttpResponse:
    return _response(await respond_async(_seen_by(request)))


def _stream(request: HttpRequest) -> StreamingHttpResponse:
    stream = stream_async if hasattr(request, "scope") else streamed
    chunks = stream(request.authrocket, request.GET.get("with"))
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
