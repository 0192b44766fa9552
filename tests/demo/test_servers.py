"""The two servers of the demonstration: they answer, and they stop for good."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading

import pytest

from arware.demo.servers import AsgiServer, WsgiServer, wait_until_answered
from arware.kit.listening import listen

asked, allowed = threading.Event(), threading.Event()


def wsgi(environ, start_response):
    """Answer when it is allowed if the path asks for that."""
    if environ["PATH_INFO"] == "/slow":
        asked.set()
        allowed.wait(60)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done"]


async def asgi(scope, receive, send):
    """Answer when it is allowed if the path asks for that."""
    if scope["path"] == "/slow":
        asked.set()
        await asyncio.to_thread(allowed.wait, 60)
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"4")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"done"})


@pytest.fixture(params=[(WsgiServer, wsgi), (AsgiServer, asgi)], ids=["wsgi", "asgi"])
def server(request):
    """A server that runs, with its port; it is stopped at the end at the latest."""
    kind, application = request.param
    before = set(threading.enumerate())
    with listen(0, "--port") as listener:
        server = kind(application, listener)
        server.start()
        server.port = listener.getsockname()[1]
        yield server
        server.stop()
    assert not {t.name for t in threading.enumerate() if t not in before}


def test_it_answers_until_it_is_stopped(server):
    """After the stop nobody listens on the port."""
    url = f"http://127.0.0.1:{server.port}"
    assert wait_until_answered(url, "/", seconds=60)
    server.stop()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=60)


def test_a_stop_waits_for_an_answer_under_way(server):
    """Who has asked gets the answer."""
    assert wait_until_answered(f"http://127.0.0.1:{server.port}", "/", seconds=60)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    asked.clear()
    allowed.clear()
    connection.request("GET", "/slow")
    assert asked.wait(60)
    # The stop has begun by then; if it has not, nothing is shown and nothing fails.
    threading.Timer(0.2, allowed.set).start()
    server.stop()

    with connection.getresponse() as answer:
        assert answer.read() == b"done"
    connection.close()


def test_a_stop_does_not_wait_for_an_idle_connection(server):
    """A browser that keeps its connection open does not hold the server up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        idle.recv(1000)
        server.stop()

        assert not server._thread.is_alive()


def test_nothing_is_waited_for_longer_than_asked():
    """A port that nobody answers on, now or ever, is given up."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"

        assert not wait_until_answered(url, "/", seconds=0.3)
