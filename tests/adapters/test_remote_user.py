"""``remote_user``: only the adapter tells a framework who is there."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from arware.testing._calls import Call, call_websocket

from .conftest import ORIGIN, SiteMaker
from .hosts import HOST, Host

SPELLINGS = ["Remote-User", "remote_user", "REMOTE-USER", "Remote_User", "REMOTE_USER"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_f5_no_client_says_who_is_there(adapter: SiteMaker, name: str) -> None:
    """With ``remote_user`` on, the adapter's word is the only one."""
    site = adapter(remote_user=True)
    for headers in ({name: "usr_admin"}, [(name, "usr_admin"), (name, "usr_root")]):
        anonymous = site.browser().get("/", headers=headers).json()
        known = site.member("alice").get("/", headers=headers).json()

        assert anonymous["remote_users"] == []
        assert known["remote_users"] == ["usr_alice"]


def test_f5_nor_where_nobody_is_looked_for(adapter: SiteMaker) -> None:
    """On ignored paths everybody is anonymous, whatever a header says."""
    site = adapter(remote_user=True, ignore=("/static",))
    headers = {"Remote-User": "usr_admin"}
    member = site.member("alice")

    assert member.get("/static/file", headers=headers).json()["remote_users"] == []


def test_f5_a_websocket_is_told_by_the_adapter_alone(make_site: SiteMaker) -> None:
    """Its scope has the same header."""
    from arware.asgi import Middleware

    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        seen.append([value for name, value in scope["headers"] if b"user" in name])
        await send({"type": "websocket.close", "code": 1000})

    def build(**adapter: Any) -> Any:
        return Middleware(application, **adapter)

    site = make_site(Host("asgi", "asgi", build), remote_user=True)
    forged = ("remote_user", "usr_admin")
    bearer = ("authorization", f"Bearer {site.token('bob')}")
    for headers in ((forged,), (forged, bearer)):
        asyncio.run(call_websocket(site.app, Call("GET", "/", headers, origin=ORIGIN)))

    assert seen == [[], [b"usr_bob"]]


@pytest.mark.parametrize("name", ["django", "django-asgi"])
def test_f5_django_s_own_user_is_never_a_client_s(
    make_site: SiteMaker, name: str
) -> None:
    """Under ASGI, Django reads the header into META."""
    from django.http import HttpRequest, JsonResponse
    from django.test.utils import override_settings

    from .django_host import Urls

    def told(request: HttpRequest) -> JsonResponse:
        names = ("REMOTE_USER", "HTTP_REMOTE_USER")
        told = [request.META.get(name) for name in names]
        return JsonResponse([*told, request.headers.get("Remote-User")], safe=False)

    site = make_site(HOST[name], remote_user=True)
    headers = {"Remote-User": "usr_admin"}
    with override_settings(ROOT_URLCONF=Urls(told=told)):
        anonymous = site.browser().get("/told", headers=headers)
        known = site.member("alice").get("/told", headers=headers)

    assert anonymous.json() == [None, None, None]
    assert known.json() == ["usr_alice", None, None]
