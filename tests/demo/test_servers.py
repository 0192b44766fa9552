"""The two servers of the demonstration: they answer, and they stop for good."""

from __future__ import annotations

import http.client
import socket
import threading
import time

import pytest

from arware.demo.servers import (
    AsgiServer,
    PortTaken,
    WsgiServer,
    listen,
    wait_until_answered,
)


def wsgi(environ, start_response):
    """Answer after a moment if the path asks for one."""
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done"]


async def asgi(scope, receive, send):
    """Answer after a moment if the path asks for one."""
    import asyncio

    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
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
    assert wait_until_answered(url, "/")
    server.stop()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=2)


def test_a_stop_waits_for_an_answer_under_way(server):
    """Who has asked gets the answer."""
    wait_until_answered(f"http://127.0.0.1:{server.port}", "/")
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    connection.request("GET", "/slow")
    time.sleep(0.2)
    server.stop()

    with connection.getresponse() as answer:
        assert answer.read() == b"done"
    connection.close()


def test_a_stop_does_not_wait_for_an_idle_connection(server):
    """A browser that keeps its connection open does not hold the server up."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        idle.recv(1000)
        begin = time.monotonic()
        server.stop()

        assert time.monotonic() - begin < 3


def test_nothing_is_waited_for_longer_than_asked():
    """A port that nobody answers on is given up."""
    with listen(0, "--port") as listener:
        port = listener.getsockname()[1]
    begin = time.monotonic()

    assert not wait_until_answered(f"http://127.0.0.1:{port}", "/", seconds=0.3)
    assert time.monotonic() - begin < 2


def test_a_port_that_is_taken_is_told_in_a_sentence():
    """It names the port and the option that chooses another one."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(PortTaken) as caught,
    ):
        listen(taken.getsockname()[1], "--port")

    assert "is taken by another program; choose another one with --port" in str(
        caught.value
    )
