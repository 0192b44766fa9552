"""What a call of the API costs over bare ``requests``, on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import requests

from arware.api.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Short rounds, so that on a busy machine some of each kind are undisturbed.
ROUNDS = 150
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
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        socket.create_connection(("127.0.0.1", port)).close()
        yield f"http://127.0.0.1:{port}/v2"
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _round(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(CALLS):
        action()
    return (time.perf_counter() - began) / CALLS


def measure() -> list[tuple[str, float, float]]:
    """Return name, ratio and target of each figure."""
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

        pairs = [(_round(bare), _round(ours)) for _ in range(ROUNDS)]
    least_bare = min(pair[0] for pair in pairs)
    least_ours = min(pair[1] for pair in pairs)
    return [("a call of the API over bare requests", least_ours / least_bare, 1.25)]


if __name__ == "__main__":
    for name, ratio, target in measure():
        print(f"{name}: {ratio:.2f} (target {target})")  # noqa: T201 - it is asked to
