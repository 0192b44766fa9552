"""Floods of made-up API tokens: whom they keep out, and whom not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from arware import asgi, wsgi
from arware.auth import Auth
from arware.runtime.api_tokens import STRANGERS
from arware.testing import MemoryRealm
from arware.testing._calls import Call, asgi_scope, wsgi_environ
from arware.tokens.api_tokens import new_api_token
from tests.api import servers
from tests.making import SECRET

GOOD = new_api_token(b"0123456789abcdef0123456789abcdef")
#: Returns the auth object of who shows an API token from an address.
Ask = Callable[[str, str], Auth]


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return the realm that signs the login tokens."""
    return MemoryRealm()


@pytest.fixture
def api(realm: MemoryRealm) -> Iterator[servers.Api]:
    """Run an API that knows one API token."""

    def answer(seen: servers.Seen) -> servers.Response:
        if seen.json["api_token"]["token"] != GOOD:
            return servers.Response({"object": "error"}, 404)
        return servers.Response({"object": "session", "token": realm.token("alice")})

    with servers.api() as served:
        served.answer = answer
        yield served


def call(token: str) -> Call:
    """Return the request that shows *token*."""
    return Call(headers=(("authorization", f"Bearer {token}"),))


def over_wsgi(**settings: Any) -> Ask:
    """Return a way to ask an application for WSGI."""
    seen: list[Auth] = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["authrocket.auth"])
        start_response("200 OK", [])
        return []

    adapter = wsgi.Middleware(application, **settings)

    def ask(token: str, address: str) -> Auth:
        environ = wsgi_environ(call(token)) | {"REMOTE_ADDR": address}
        list(adapter(environ, lambda *_: lambda _: None))
        return seen[-1]

    return ask


def over_asgi(**settings: Any) -> Ask:
    """Return a way to ask an application for ASGI."""
    seen: list[Auth] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["authrocket.auth"])

    async def nothing(_: Any = None) -> Any:
        return {"type": "http.request"}

    adapter = asgi.Middleware(application, **settings)

    def ask(token: str, address: str) -> Auth:
        scope = asgi_scope(call(token)) | {"client": (address, 12345)}
        asyncio.run(adapter(scope, nothing, nothing))
        return seen[-1]

    return ask


@pytest.fixture(params=[over_wsgi, over_asgi])
def ask(request: pytest.FixtureRequest, api: servers.Api, realm: MemoryRealm) -> Ask:
    """Return a way to ask an application that has the API asked."""
    made: Ask = request.param(
        cookie_secret=SECRET, jwt_key=realm.public_key, api_key="ks_1", url=api.url
    )
    return made


def made_up(number: int) -> str:
    """Return an API token with a good checksum that nobody gave out."""
    return new_api_token(f"{number:032}".encode())


@pytest.mark.parametrize(
    ("flooding", "other"),
    [("192.0.2.1", "192.0.2.2"), ("2001:db8::%x", "2001:db8:0:1::1")],
    ids=["IPv4", "IPv6"],
)
def test_f9_a_flood_keeps_out_only_who_makes_it(
    ask: Ask, api: servers.Api, flooding: str, other: str, patience: None
) -> None:
    """However many addresses of a network it has, it is asked about ten times."""
    addresses = [flooding % n if "%" in flooding else flooding for n in range(40)]
    flood = [ask(made_up(n), address) for n, address in enumerate(addresses)]
    asked = len(api.seen)

    assert asked == STRANGERS
    assert [auth.reason for auth in flood[:STRANGERS]] == ["revoked"] * STRANGERS
    assert {auth.reason for auth in flood[STRANGERS:]} == {"outage"}
    assert ask(GOOD, other).user.id == "usr_alice"


def test_f9_a_typing_error_asks_nobody(
    ask: Ask, api: servers.Api, patience: None
) -> None:
    """Any one character that is wrong is told by the checksum."""
    spoilt = [
        GOOD[:at] + ("a" if GOOD[at] != "a" else "b") + GOOD[at + 1 :]
        for at in range(len("art_"), len(GOOD))
    ]

    assert {ask(token, "192.0.2.1").reason for token in spoilt} == {"malformed"}
    assert api.seen == []
    assert ask(GOOD, "192.0.2.1").user.id == "usr_alice"


class LocalRealm:
    """A realm in this process, which looks into its index."""

    url = "http://localhost:8001"

    def __init__(self, realm: MemoryRealm) -> None:
        self.realm = realm
        self.asked = 0

    def key_set(self) -> None:
        """Have no keys of its own: the setting's wins."""

    def watch(self, watcher: object) -> None:
        """Tell nobody anything."""

    def redeem_api_token(self, text: str) -> str | None:
        """Return the login token for an API token."""
        self.asked += 1
        return self.realm.token("alice") if text == GOOD else None


@pytest.mark.parametrize("make", [over_wsgi, over_asgi])
def test_f9_a_mounted_realm_is_asked_about_each(make: Any, realm: MemoryRealm) -> None:
    """Without a quota: the flood itself may show a good one at last."""
    local = LocalRealm(realm)
    ask = make(cookie_secret=SECRET, jwt_key=realm.public_key, local_realm=local)
    reasons = {ask(made_up(n), "192.0.2.1").reason for n in range(5 * STRANGERS)}

    assert reasons == {"revoked"}
    assert local.asked == 5 * STRANGERS
    assert ask(GOOD, "192.0.2.1").user.id == "usr_alice"
