"""F33: nothing of a request outlives it under a real server."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest

from arware.testing import MemoryRealm
from tests.servers.test_servers import ROOT
from tests.services import HOST, free_port, running

REQUESTS = 60
PATHS = ["/page", "/task", "/sender"]

#: Asks for a path over one connection that is kept alive.
Ask = Callable[[str], bytes]


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return a realm for all the tests of this module."""
    return MemoryRealm()


@pytest.fixture(scope="module", params=["httptools", "h11"])
def port(request: pytest.FixtureRequest, realm: MemoryRealm) -> Iterator[int]:
    """Serve the application that counts by uvicorn."""
    port = free_port()
    environ = {
        **os.environ,
        "AUTHROCKET_JWT_KEY": realm.public_key,
        "AUTHROCKET_COOKIE_SECRET": "0123456789abcdef" * 4,
    }
    command = [sys.executable, "-m", "uvicorn", "tests.servers.lifetimes:application"]
    options = ["--http", request.param, "--loop", "asyncio", "--no-access-log"]
    options += ["--host", HOST, "--port", str(port)]
    with running([*command, *options], port=port, env=environ, cwd=ROOT):
        yield port


@pytest.fixture
def ask(port: int, realm: MemoryRealm) -> Iterator[Ask]:
    """Log alice in and return what asks for her."""
    connection = HTTPConnection(HOST, port, timeout=60)
    connection.request("GET", f"/?token={realm.token('alice')}")
    answer = connection.getresponse()
    answer.read()
    cookies = answer.headers.get_all("Set-Cookie")
    header = "; ".join(cookie.partition(";")[0] for cookie in cookies)

    def ask(path: str) -> bytes:
        connection.request("GET", path, headers={"Cookie": header})
        return connection.getresponse().read()

    assert b"usr_alice" in ask("/page")
    yield ask
    connection.close()


def alive(ask: Ask) -> Counter[str]:
    """Return how many objects of each type there are, two requests in a row."""
    ask("/alive")
    return Counter(json.loads(ask("/alive"))["alive"])


def collections(ask: Ask) -> int:
    """Return how often the server has looked for young garbage."""
    count: int = json.loads(ask("/alive"))["collections"]
    return count


@pytest.mark.parametrize("path", PATHS)
def test_f33_nothing_of_a_request_outlives_it(ask: Ask, path: str) -> None:
    """Neither timers nor tasks keep anything of arware's, nor the scope."""
    ask(path)
    before = alive(ask)
    for _ in range(REQUESTS):
        ask(path)

    assert alive(ask) - before == Counter()


def test_f33_requests_leave_no_garbage(ask: Ask) -> None:
    """A thousand requests make Python look for garbage three times at most."""
    before = collections(ask)
    for _ in range(1000):
        ask("/page")

    assert collections(ask) - before <= 3
