"""What a call of the API costs over bare ``requests``, on loopback."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from arware import Client

# Short rounds, so that on a busy machine some of each kind are undisturbed.
CALLS = 6

# It answers whatever it is asked with the same bytes, in a process of its own, so
# that it costs both sides the same and neither waits for its interpreter lock.
_SERVER = r"""
import socket, threading
body = (b'{"object":"org","id":"org_1","realm_id":"rl_1","name":"Acme",'
        b'"reference":null,"state":"active","created_at":1735689600.0}')
answer = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
          b"Content-Length: %d\r\n\r\n" % len(body)) + body
def serve(connection):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    while True:
        data = connection.recv(65536)
        if not data:
            return
        held += data
        while b"\r\n\r\n" in held:
            held = held.partition(b"\r\n\r\n")[2]
            connection.sendall(answer)
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""


@contextmanager
def _served() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", _SERVER],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v2"
        finally:
            process.kill()


def _round(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        action()
    return (time.perf_counter() - began) / CALLS


@contextmanager
def candidates() -> Iterator[dict[str, Callable[[], float]]]:
    """Offer a call by ``requests`` and one by our client, by name."""
    with (
        _served() as url,
        requests.Session() as session,
        Client(url=url, api_key="ks_benchmark") as client,
    ):
        headers = {"authrocket-api-key": "ks_benchmark", "accept": "application/json"}

        def bare() -> object:
            return session.get(f"{url}/orgs/org_1", headers=headers, timeout=5).json()

        def ours() -> object:
            return client.orgs.find("org_1").name

        yield {"api bare": lambda: _round(bare), "api call": lambda: _round(ours)}
