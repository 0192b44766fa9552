"""A realm that an adapter serves, as ASGI: what its pages see of a scope."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from contextvars import ContextVar
from typing import Any

import pytest
import trio

from arware.bridge.pages import MountedRealm, environ_of
from arware.bridge.threads import THREADS, WAITING
from arware.testing._calls import Call, asgi_scope, call_asgi
from tests.patience import happens

SEEN: ContextVar[str] = ContextVar("SEEN", default="nothing")


class Realm:
    """Answers with what its page sees."""

    def wsgi_app(self, environ: Any, start_response: Any) -> Any:
        """Answer, as WSGI allows it: partly by ``write``, partly by the body."""
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(environ["PATH_INFO"].encode("latin-1"))
        return [b" ", environ["wsgi.input"].read(), b" ", SEEN.get().encode()]


@pytest.mark.parametrize(
    ("headers", "name", "value"),
    [
        ([("accept", "a"), ("accept", "b")], "HTTP_ACCEPT", "a,b"),
        ([("cookie", "a=1"), ("cookie", "b=2")], "HTTP_COOKIE", "a=1; b=2"),
        ([("content-type", "text/x")], "CONTENT_TYPE", "text/x"),
        ([("content-length", "9")], "CONTENT_LENGTH", "4"),
        ([("content-length", "9")], "HTTP_CONTENT_LENGTH", None),
        ([("transfer-encoding", "chunked")], "HTTP_TRANSFER_ENCODING", None),
        ([("x_forwarded_for", "1.2.3.4")], "HTTP_X_FORWARDED_FOR", None),
        ([("proxy", "http://evil.example")], "HTTP_PROXY", None),
        ([("x-a", "é")], "HTTP_X_A", "é"),
    ],
)
def test_headers_become_variables_as_a_server_does_it(
    headers: list[tuple[str, str]], name: str, value: str | None
) -> None:
    """Joined where they repeat; none poses as another, or as a setting."""
    scope = asgi_scope(Call("POST", "/", tuple(headers)))

    assert environ_of(scope, b"body").get(name) == value


def test_the_path_is_spelt_as_wsgi_does() -> None:
    """The mount apart, as bytes in latin-1, and as the browser wrote it."""
    scope = asgi_scope(Call(target="/caf%C3%A9?a=%20", mount="/shop"))
    environ = environ_of(scope | {"authrocket.auth": "auth", "state": {}}, b"")

    assert environ["SCRIPT_NAME"] == "/shop"
    assert environ["PATH_INFO"] == "/cafÃ©"
    assert environ["QUERY_STRING"] == "a=%20"
    assert environ["RAW_URI"] == "/shop/caf%C3%A9"
    assert environ["authrocket.auth"] == "auth"
    assert "state" not in environ


def test_a_page_sees_the_body_and_the_context_of_its_request() -> None:
    """It runs in another thread, where the adapter's exchange must be found."""
    SEEN.set("the exchange")
    app = MountedRealm(Realm()).asgi_app
    answer = asyncio.run(call_asgi(app, Call("POST", "/auth", body=b"email=x")))

    assert answer.text == "/auth email=x the exchange"


def test_trio_waits_for_a_page_too() -> None:
    """The loop of trio is woken by the thread."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x"}

    async def send(message: Any) -> None:
        sent.append(message)

    trio.run(MountedRealm(Realm()).asgi_app, asgi_scope(Call("POST")), receive, send)

    assert [message.get("status") for message in sent] == [200, None]


def test_so_many_pages_are_made_at_once() -> None:
    """Those that are hashing passwords, and no more: the others wait their turn."""
    at_once, most = 0, 0
    lock, all_there = threading.Lock(), threading.Barrier(THREADS)

    class Meeting(Realm):
        def wsgi_app(self, environ: Any, start_response: Any) -> Any:
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            all_there.wait(60)
            with lock:
                at_once -= 1
            return super().wsgi_app(environ, start_response)

    app = MountedRealm(Meeting()).asgi_app

    async def crowd() -> list[int]:
        calls = [call_asgi(app, Call()) for _ in range(2 * THREADS)]
        return [answer.status for answer in await asyncio.gather(*calls)]

    assert asyncio.run(crowd()) == [200] * 2 * THREADS
    assert most <= THREADS


def slow_realm(gate: threading.Event) -> Realm:
    """Return a realm whose pages are not made before *gate* is open."""

    class Slow(Realm):
        def wsgi_app(self, environ: Any, start_response: Any) -> Any:
            gate.wait(60)
            return super().wsgi_app(environ, start_response)

    return Slow()


def test_so_many_may_wait_for_a_page_and_the_others_are_told() -> None:
    """What all of them send would fill the memory."""
    gate = threading.Event()
    app = MountedRealm(slow_realm(gate)).asgi_app
    allowed = THREADS + WAITING

    async def crowd() -> list[int]:
        waiting = [asyncio.create_task(call_asgi(app, Call())) for _ in range(allowed)]
        await asyncio.sleep(0)  # so that each has its place
        late = await call_asgi(app, Call())
        gate.set()
        return [late.status, *[one.status for one in await asyncio.gather(*waiting)]]

    assert asyncio.run(crowd()) == [503, *[200] * allowed]


class Thing:
    """What a request brings, and is to take with it."""


def test_who_goes_away_leaves_nothing_but_a_place() -> None:
    """That is free again as soon as a thread has looked."""
    gate = threading.Event()
    realm = MountedRealm(slow_realm(gate))
    places = realm._threads._workers.get().places
    held: weakref.WeakSet[Thing] = weakref.WeakSet()

    async def ask() -> int:
        thing = Thing()
        held.add(thing)
        environ = environ_of(asgi_scope(Call()) | {"authrocket.thing": thing}, b"")
        return (await realm.aanswer(environ))[0]

    async def crowd() -> list[int]:
        busy = [asyncio.create_task(ask()) for _ in range(THREADS)]
        await asyncio.sleep(0)
        gone = [asyncio.create_task(ask()) for _ in range(WAITING)]
        await asyncio.sleep(0)
        while gone:
            gone.pop().cancel()
        await happens(lambda: gc.collect() >= 0 and len(held) == THREADS)
        late = await ask()
        gate.set()
        await asyncio.gather(*busy)
        await happens(lambda: places.acquire(blocking=False))
        places.release()
        return [late, await ask()]

    assert asyncio.run(asyncio.wait_for(crowd(), 60)) == [503, 200]


def test_what_a_page_raises_reaches_the_server() -> None:
    """It is no answer of ours: the server writes it down."""

    class Broken(Realm):
        def wsgi_app(self, environ: Any, start_response: Any) -> Any:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(call_asgi(MountedRealm(Broken()).asgi_app, Call()))
