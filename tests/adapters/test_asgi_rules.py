"""What the ASGI specification asks of a middleware, on the ASGI adapter (T54, T55)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from arware.asgi import Middleware
from arware.testing._calls import Call, asgi_scope, call_asgi

from .conftest import ORIGIN, Clock
from .hosts import asgi_application

PAGE = Call(target="/page", headers=(("accept", "text/html"),), origin=ORIGIN)


@pytest.fixture
def wrap(realm: Any, clock: Clock) -> Callable[..., Any]:
    """Return what puts the adapter around an application."""
    return lambda app, **adapter: Middleware(
        app, **realm.settings(clock=clock) | adapter
    )


async def answer_ok(send: Any, **start: Any) -> None:
    """Send the smallest answer."""
    await send({"type": "http.response.start", "status": 200, "headers": []} | start)
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize("kind", ["lifespan", "telepathy", "http3.stream"])
def test_t55_other_scopes_pass_untouched(wrap: Callable[..., Any], kind: str) -> None:
    """The application sees the very scope, receive and send."""
    seen: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.extend((scope, receive, send))

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None: ...

    scope = {"type": kind, "asgi": {"version": "3.0"}}
    before = dict(scope)
    asyncio.run(wrap(application)(scope, receive, send))

    assert seen == [scope, receive, send]
    assert seen[0] is scope
    assert scope == before


def test_t55_a_lifespan_runs_to_its_end(wrap: Callable[..., Any]) -> None:
    """Start-up and shutdown reach the application and are acknowledged."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    coming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[str] = []

    async def receive() -> Any:
        return coming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    asyncio.run(wrap(application)(scope, receive, send))

    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_t55_the_server_s_scope_stays_as_it_was(wrap: Callable[..., Any]) -> None:
    """The application gets a copy with our keys; its state object is the same."""
    inner: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        inner.append(scope)
        await answer_ok(send)

    scope = asgi_scope(PAGE) | {"state": {"db": object()}}
    before = dict(scope)

    async def run() -> None:
        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None: ...

        await wrap(application)(scope, receive, send)

    asyncio.run(run())

    assert scope == before
    assert not any(key.startswith("authrocket") for key in scope)
    assert inner[0]["state"] is scope["state"]
    assert inner[0]["authrocket.user"] is None


def test_t55_the_application_s_messages_are_not_edited(
    wrap: Callable[..., Any],
) -> None:
    """A message that is used again is the same as before."""
    headers = [(b"content-type", b"text/plain")]
    start = {"type": "http.response.start", "status": 200, "headers": headers}
    before = [list(headers), dict(start)]

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send(start)
        await send({"type": "http.response.body", "body": b"ok"})

    app = wrap(application)
    for _ in range(2):
        answer = asyncio.run(call_asgi(app, PAGE))
        assert len(answer.all("Vary")) == 1

    assert [headers, start] == before


def test_t55_headers_may_be_absent_or_any_iterable(wrap: Callable[..., Any]) -> None:
    """The specification lets a start message come without, or with a tuple."""

    async def without(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"ok"})

    async def generated(scope: Any, receive: Any, send: Any) -> None:
        await answer_ok(send, headers=(pair for pair in [(b"x-a", b"1")]))

    assert asyncio.run(call_asgi(wrap(without), PAGE)).all("Vary")
    assert asyncio.run(call_asgi(wrap(generated), PAGE)).all("X-A") == ["1"]


def test_t55_receive_is_the_server_s_own(wrap: Callable[..., Any]) -> None:
    """Nothing is taken from it, so bodies and disconnects are the application's."""
    asked: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await answer_ok(send)

    async def run() -> None:
        async def receive() -> Any:
            asked.append("receive")
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None: ...

        await wrap(application)(asgi_scope(PAGE), receive, send)

    asyncio.run(run())

    assert asked == []


def test_t52_chunks_are_sent_as_they_come(wrap: Callable[..., Any]) -> None:
    """Every message goes on before the next is made, further kinds included."""
    order: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            order.append(f"made {number}")
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        await send({"type": "http.response.trailers", "headers": []})

    async def run() -> None:
        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            order.append(message["type"].removeprefix("http.response."))

        await wrap(application)(asgi_scope(PAGE), receive, send)

    asyncio.run(run())

    assert order == [
        "start",
        *("made 0", "body", "made 1", "body", "made 2", "body"),
        "body",
        "trailers",
    ]


@pytest.mark.parametrize("kind", ["http.response.pathsend", "http.response.debug"])
def test_t55_messages_of_extensions_pass(wrap: Callable[..., Any], kind: str) -> None:
    """What we do not know is the server's business."""
    sent: list[Any] = []
    message = {"type": kind, "path": "/tmp/file", "info": {}}

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send(message)

    async def run() -> None:
        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            sent.append(message)

        await wrap(application)(asgi_scope(PAGE), receive, send)

    asyncio.run(run())

    assert sent[1] is message


def test_t55_a_cancelled_request_is_cancelled(wrap: Callable[..., Any]) -> None:
    """CancelledError is nobody's to swallow."""
    reached = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        reached.set()
        await asyncio.sleep(60)

    async def run() -> None:
        task = asyncio.create_task(call_asgi(wrap(application), PAGE))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())


def test_t55_a_cancelled_first_request_does_not_spoil_the_next(
    wrap: Callable[..., Any], realm: Any
) -> None:
    """Somebody who leaves during the key download leaves no trace (T25)."""
    app = wrap(asgi_application)
    headers = (("authorization", f"Bearer {realm.token()}"),)
    request = Call(target="/", headers=headers, origin=ORIGIN)

    async def run() -> Any:
        tasks = [asyncio.create_task(call_asgi(app, request)) for _ in range(20)]
        await asyncio.sleep(0)
        for task in tasks[:10]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await call_asgi(app, request)

    assert asyncio.run(run()).json()["user"] == "usr_alice"


def test_t53_an_error_reaches_the_server_unchanged(wrap: Callable[..., Any]) -> None:
    """The application's exception object is not wrapped."""
    error = RuntimeError("mine")

    async def application(scope: Any, receive: Any, send: Any) -> None:
        raise error

    with pytest.raises(RuntimeError) as caught:
        asyncio.run(call_asgi(wrap(application), PAGE))

    assert caught.value is error


def test_an_answer_that_was_replaced_is_dropped_whole(
    wrap: Callable[..., Any],
) -> None:
    """Frameworks answer a refusal with a 500 of their own; none of it is seen."""
    from arware.errors import LoginRequired

    async def application(scope: Any, receive: Any, send: Any) -> None:
        LoginRequired()
        await send({"type": "http.response.start", "status": 500, "headers": []})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"s", "more_body": True})
        await send({"type": "http.response.body", "body": b"secret"})
        raise RuntimeError("as ServerErrorMiddleware does after its page")

    try:
        answer = asyncio.run(call_asgi(wrap(application), PAGE))
    except RuntimeError:
        return

    assert answer.status == 302
    assert answer.body == b""


def test_what_is_sent_after_a_refusal_is_dropped(wrap: Callable[..., Any]) -> None:
    """A task of the application may not know that it was refused."""
    from arware.errors import LoginRequired

    sends: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        sends.append(send)
        raise LoginRequired

    async def run() -> Any:
        answer = await call_asgi(wrap(application), PAGE)
        await answer_ok(sends[0])
        return answer

    assert asyncio.run(run()).status == 302


def test_a_refusal_after_the_start_is_the_server_s_to_see(
    wrap: Callable[..., Any],
) -> None:
    """An answer that has begun cannot be replaced, so the error goes on."""
    from arware.errors import LoginRequired

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise LoginRequired

    with pytest.raises(LoginRequired):
        asyncio.run(call_asgi(wrap(application), PAGE))


def test_t44_stale_keys_are_overwritten(wrap: Callable[..., Any]) -> None:
    """Whatever stood under our keys in the scope is gone, on every path."""
    seen = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append({key: scope[key] for key in scope if "authrocket" in key})
        await answer_ok(send)

    app = wrap(application, ignore=("/static",))
    names = ("session", "current_session", "user", "membership", "org", "auth")

    async def run(target: str) -> None:
        scope = asgi_scope(Call(target=target, origin=ORIGIN))
        scope |= {f"authrocket.{name}": "usr_mallory" for name in names}

        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None: ...

        await app(scope, receive, send)

    for target in ("/page", "/static/x"):
        asyncio.run(run(target))

    for keys in seen:
        auth = keys.pop("authrocket.auth")
        assert auth.user is None
        assert set(keys.values()) == {None}


def test_a_known_user_costs_no_thread_and_no_turn_of_the_loop(
    wrap: Callable[..., Any], realm: Any
) -> None:
    """With the key at hand, nothing is awaited before the application runs."""
    app = wrap(asgi_application)
    headers = (("authorization", f"Bearer {realm.token()}"),)
    request = Call(target="/", headers=headers, origin=ORIGIN)
    asyncio.run(call_asgi(app, request))
    threads = set(threading.enumerate())
    coroutine = call_asgi(app, request)
    with pytest.raises(StopIteration) as stopped:
        coroutine.send(None)

    assert stopped.value.value.json()["user"] == "usr_alice"
    assert set(threading.enumerate()) <= threads


def test_the_adapter_is_free_of_the_event_loop(
    wrap: Callable[..., Any], realm: Any
) -> None:
    """One adapter serves loop after loop, as tests and reloaders make them."""
    app = wrap(asgi_application)
    for name in ("alice", "bob", "carol"):
        headers = (("authorization", f"Bearer {realm.token(name)}"),)
        request = Call(target="/", headers=headers, origin=ORIGIN)
        answer = asyncio.run(call_asgi(app, request))
        assert answer.json()["user"] == f"usr_{name}"


def test_alogin_fetches_the_key(wrap: Callable[..., Any], realm: Any) -> None:
    """``await auth.alogin(token)`` logs in where ``login`` would lack the key."""
    request = Call(target=f"/alogin-by-app?with={realm.token('bob')}", origin=ORIGIN)
    answer = asyncio.run(call_asgi(wrap(asgi_application), request))

    assert answer.json()["user"] == "usr_bob"
    assert answer.all("Set-Cookie")[0].startswith("__Host-authrocket=")


def test_cookie_pairs_in_several_headers_are_joined(
    wrap: Callable[..., Any], realm: Any
) -> None:
    """HTTP/2 servers hand them on one by one."""
    app = wrap(asgi_application)
    callback = Call(target=f"/?token={realm.token()}", origin=ORIGIN)
    cookie = asyncio.run(call_asgi(app, callback)).all("Set-Cookie")[0].split(";")[0]
    headers = (("cookie", "a=1"), ("cookie", cookie), ("cookie", "b=2"))
    answer = asyncio.run(call_asgi(app, Call(headers=headers, origin=ORIGIN)))

    assert answer.json()["user"] == "usr_alice"


@pytest.mark.parametrize(
    "missing",
    ["raw_path", "root_path", "server", "client", "scheme", "query_string"],
)
def test_optional_scope_keys_may_be_missing(
    wrap: Callable[..., Any], missing: str
) -> None:
    """The specification makes them optional."""
    inner: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        inner.append(scope["authrocket.auth"])
        await answer_ok(send)

    async def run() -> None:
        scope = asgi_scope(PAGE)
        del scope[missing]

        async def receive() -> Any:
            return {"type": "http.request"}

        async def send(message: Any) -> None: ...

        await wrap(application)(scope, receive, send)

    asyncio.run(run())

    assert inner[0].user is None


def test_t46_vary_may_come_in_several_headers(wrap: Callable[..., Any]) -> None:
    """All of them are merged into one."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"vary", b"Accept"), (b"Vary", b"Cookie, Origin")]
        await answer_ok(send, headers=headers)

    answer = asyncio.run(call_asgi(wrap(application), PAGE))

    assert answer.header("Vary") == "Accept, Cookie, Origin, Authorization"


def test_a_request_without_a_host(wrap: Callable[..., Any]) -> None:
    """HTTP/1.0 has none; the server's own name is used."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        scope["authrocket.auth"].require()

    inner = wrap(application)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        headers = [pair for pair in scope["headers"] if pair[0] != b"host"]
        await inner({**scope, "headers": headers}, receive, send)

    answer = asyncio.run(call_asgi(app, PAGE))

    assert answer.status == 302
    assert "redirect_uri=https%3A%2F%2Fapp.example%2Fpage%3F" in answer.location
