"""A Django project as its users have one: views, templates, the admin, a database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import alogout, logout
from django.contrib.auth import decorators as django_auth
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views import View

import arware.django
from arware.django import login_required

OURS = "arware.django.Middleware"
BACKEND = "arware.django.Backend"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    OURS,
]
PAGE = (
    "{{ current_user.email|default:'nobody' }} {{ user.email|default:'-' }} "
    "{{ perms.auth.add_user }} {{ ar_login_url }} {{ ar_logout_url }} "
    "{% for message in messages %}{{ message }}{% endfor %}"
)
SETTINGS: dict[str, Any] = {
    "AUTHENTICATION_BACKENDS": [BACKEND],
    "AUTHROCKET_STAFF_PERMISSION": "staff",
    "LOGIN_REDIRECT_URL": "/",
    "LOGIN_URL": "/login",
    "MIDDLEWARE": MIDDLEWARE,
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "ROOT_URLCONF": __name__,
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                    "arware.django.context_processors.authrocket",
                ],
                "loaders": [
                    ("django.template.loaders.locmem.Loader", {"page.html": PAGE}),
                    "django.template.loaders.app_directories.Loader",
                ],
            },
        }
    ],
}


def who(request: HttpRequest) -> HttpResponse:
    """Say who is there, to AuthRocket and to Django."""
    current = request.current_user
    local = request.user.get_username() or "-"
    return HttpResponse(f"{current.id if current else 'nobody'} {local}")


async def awho(request: HttpRequest) -> HttpResponse:
    """Say the same, on the loop."""
    current, user = request.current_user, await request.auser()
    name = f"{current.id if current else 'nobody'} {user.get_username() or '-'}"
    return HttpResponse(name)


def ok(request: HttpRequest, **parameters: str) -> HttpResponse:
    """Let everybody in who gets here."""
    return HttpResponse("ok")


async def aok(request: HttpRequest) -> HttpResponse:
    """Do the same on the loop."""
    return HttpResponse("ok")


@login_required
class Whole(View):
    """A view that needs a login."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")

    options = get


class Below(Whole):
    """One that derives from it."""


@login_required(permission="docs:read")
class Async(View):
    """A view on the loop that needs a permission."""

    async def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("ok")


def basket(request: HttpRequest) -> HttpResponse:
    """Put what ``add`` says into the session, and show all of it."""
    kept = request.session.get("basket", [])
    if "add" in request.GET:
        kept = [*kept, request.GET["add"]]
        request.session["basket"] = kept
    return HttpResponse(" ".join(kept))


def leave(request: HttpRequest) -> HttpResponse:
    """Log out as arware's users do, and say so on the next page."""
    request.authrocket.logout(local="local" in request.GET)
    messages.success(request, "Good-bye")
    return HttpResponse(f"{request.current_user} {request.user}")


async def aleave(request: HttpRequest) -> HttpResponse:
    """Do the same on the loop."""
    request.authrocket.logout(local=True)
    user = await request.auser()
    return HttpResponse(f"{request.current_user} {request.user} {user}")


def django_leave(request: HttpRequest) -> HttpResponse:
    """Log out as Django's users do."""
    logout(request)
    return HttpResponse(f"{request.current_user} {request.user}")


async def adjango_leave(request: HttpRequest) -> HttpResponse:
    """Do the same on the loop."""
    await alogout(request)
    return HttpResponse(f"{request.current_user} {request.user}")


def log_in(request: HttpRequest) -> HttpResponse:
    """Log in with a token that came by another way."""
    request.authrocket.login(request.GET["with"])
    return who(request)


async def alog_in(request: HttpRequest) -> HttpResponse:
    """Do the same on the loop."""
    await request.authrocket.alogin(request.GET["with"])
    return await awho(request)


@transaction.atomic
def in_transaction(request: HttpRequest) -> HttpResponse:
    """Write, and refuse."""
    User.objects.create(username=f"written-{request.user}")
    request.authrocket.require(permission="never")
    raise AssertionError


def old_middleware(get_response: Any) -> Any:
    """Be a middleware that cannot wait on a loop."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response["X-Old"] = "1"
        return response

    return middleware


def page(request: HttpRequest) -> HttpResponse:
    """Draw a template."""
    return render(request, "page.html")


def form(request: HttpRequest) -> HttpResponse:
    """Take a form."""
    return HttpResponse(request.META.get("CSRF_COOKIE", ""))


VIEWS: dict[str, Callable[..., HttpResponse | Awaitable[HttpResponse]]] = {
    "": who,
    "async": awho,
    "café": who,
    "plain": login_required(ok),
    "called": login_required()(ok),
    "permitted": login_required(permission="docs:read")(ok),
    "coroutine": login_required(permission="docs:read")(aok),
    "whole": Whole.as_view(),
    "below": Below.as_view(),
    "async-class": Async.as_view(),
    "orgs/<org_id>": login_required(org="org_id")(ok),
    "django": django_auth.login_required(ok),
    "django-async": django_auth.login_required(aok),
    "django-permission": django_auth.permission_required("auth.add_user")(ok),
    "basket": basket,
    "leave": leave,
    "async-leave": aleave,
    "django-leave": django_leave,
    "async-django-leave": adjango_leave,
    "log-in": log_in,
    "async-log-in": alog_in,
    "transaction": in_transaction,
    "atomic": transaction.atomic(who),
    "page": page,
    "form": form,
}

urlpatterns = [
    path("admin/login/", arware.django.login),
    path("admin/", admin.site.urls),
    path("enter/", arware.django.login, name="enter"),
    *(path(name, view) for name, view in VIEWS.items()),
]
