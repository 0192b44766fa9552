"""
What the adapters add to a request under real servers, in user CPU.

All servers run at once and serve in turn; the operating system says what each used.
Wall time would mislead: client and servers share few processors.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from statistics import median

from arware.testing import MemoryRealm
from tests.services import HOST, free_port, running

from .rounds import HERE, OTHER, Checkouts, Figure, interleaved
from .traffic import BODY, HEADERS, NEIGHBOURS, SECRET, session_cookie
from .worker import ROOT, environ_of

# The operating system takes samples, so that single rounds tell little; but many short
# ones in turn meet the same weather.
ROUNDS = 100
CALLS = 600
#: gunicorn's sync worker takes a connection for each request.
SLOW_CALLS = 300
#: So many requests are under way at once, so that no server waits for the client.
CONNECTIONS = 10


@dataclass(frozen=True)
class Served:
    """An application of :mod:`.served` under a server."""

    port: int
    keeps_alive: bool

    def usage(self) -> tuple[float, int]:
        """Return the seconds of user CPU and the young collections so far."""
        _, body = self.get("/usage", f"{NEIGHBOURS}; token={_TOKEN}")
        seconds, collections = json.loads(body)
        return seconds, collections

    def get(self, target: str, cookie: str = NEIGHBOURS) -> tuple[list[str], bytes]:
        """Return the cookies and the body of the answer."""
        with closing(HTTPConnection(HOST, self.port, timeout=60)) as connection:
            connection.request("GET", target, headers={"Cookie": cookie})
            answer = connection.getresponse()
            return answer.headers.get_all("Set-Cookie") or [], answer.read()

    def log_in(self) -> str:
        """Return the Cookie header of somebody who is logged in."""
        lines, _ = self.get(f"/?token={_TOKEN}")
        pairs = [line.partition(";")[0] for line in lines]
        kept = [pair for pair in pairs if ".s" not in pair.partition("=")[0]]
        assert kept, "the adapter did not log alice in"
        return "; ".join([NEIGHBOURS, *kept])

    def send(self, cookie: str, count: int) -> None:
        """Ask for a page *count* times, over several connections at once."""
        headers = {**HEADERS, "cookie": cookie}
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        request = f"GET /projects/42?page=2 HTTP/1.1\r\n{''.join(lines)}\r\n".encode()
        turns = count // CONNECTIONS
        for _ in range(1 if self.keeps_alive else turns):
            self._converse(request, turns if self.keeps_alive else 1)

    def _converse(self, request: bytes, turns: int) -> None:
        address = (HOST, self.port)
        connections = [
            socket.create_connection(address, 60) for _ in range(CONNECTIONS)
        ]
        for _ in range(turns):
            for connection in connections:
                connection.sendall(request)
            for connection in connections:
                _read(connection)
                if not self.keeps_alive:
                    # At once: gunicorn serves nobody while it waits for this.
                    connection.close()
        for connection in connections:
            connection.close()

    def round(self, cookie: str, count: int) -> float:
        """Return the user CPU that each of *count* requests took."""
        before, _ = self.usage()
        self.send(cookie, count)
        return (self.usage()[0] - before) / count


def _read(connection: socket.socket) -> None:
    answer = b""
    while not answer.endswith(b"\r\n\r\n" + BODY):
        part = connection.recv(65536)
        if not part:
            raise ConnectionError(f"the server hung up after {answer!r}")
        answer += part


_REALM = MemoryRealm()
_TOKEN = _REALM.token("alice", org="acme")


@contextmanager
def serve(server: str, application: str, checkout: Path) -> Iterator[Served]:
    """Run *application* under *server*, with the arware of *checkout*."""
    port = free_port()
    environ = {
        **environ_of(checkout),
        "AUTHROCKET_JWT_KEY": _REALM.public_key,
        "AUTHROCKET_COOKIE_SECRET": SECRET,
    }
    arguments = ["tests.benchmarks.served", server, application, str(port)]
    command = [sys.executable, "-m", *arguments]
    with running(command, port=port, env=environ, cwd=ROOT, stderr=None):
        yield Served(port, keeps_alive=server == "uvicorn")


def measure(checkouts: Checkouts) -> list[Figure]:
    """Return the figures of requests under uvicorn and under gunicorn."""
    return [*_uvicorn(checkouts), *_gunicorn(checkouts)]


Series = dict[str, list[float]]


def _uvicorn(checkouts: Checkouts) -> list[Figure]:
    with ExitStack() as stack:
        start = partial(_start, stack, "uvicorn")
        bare, session = (
            start("bare", checkouts[HERE]),
            start("session", checkouts[HERE]),
        )
        ours = {name: start("arware", path) for name, path in checkouts.items()}
        known = {name: served.log_in() for name, served in ours.items()}
        candidates = {
            "reference": partial(session.round, session_cookie(), CALLS),
            "bare": partial(bare.round, known[HERE], CALLS),
        }
        for name, served in ours.items():
            candidates[name] = partial(served.round, known[name], CALLS)
        for name, served in {"bare": bare, **ours}.items():
            candidates[f"{name}/anonymous"] = partial(served.round, NEIGHBOURS, CALLS)
        found = _rounds(candidates)
    return [
        _figure("uvicorn, known cookie, user CPU", found, "", 0.55),
        _figure("uvicorn, anonymous, user CPU", found, "/anonymous", 0.35),
    ]


def _gunicorn(checkouts: Checkouts) -> list[Figure]:
    with ExitStack() as stack:
        start = partial(_start, stack, "gunicorn")
        bare, decode = start("bare", checkouts[HERE]), start("decode", checkouts[HERE])
        ours = {name: start("arware", path) for name, path in checkouts.items()}
        known = {name: served.log_in() for name, served in ours.items()}
        token = f"{NEIGHBOURS}; token={_TOKEN}"
        candidates = {
            "bare": partial(bare.round, known[HERE], SLOW_CALLS),
            "reference": partial(decode.round, token, SLOW_CALLS),
        }
        for name, served in ours.items():
            candidates[name] = partial(served.round, known[name], SLOW_CALLS)
        found = _rounds(candidates)
    return [_figure("gunicorn, known cookie, user CPU", found, "", 0.10)]


def _start(stack: ExitStack, server: str, application: str, path: Path) -> Served:
    return stack.enter_context(serve(server, application, path))


def _rounds(candidates: dict[str, Callable[[], float]]) -> Series:
    interleaved(candidates, 1)  # what a process does once is not a request's cost
    return interleaved(candidates, ROUNDS)


def _figure(name: str, found: Series, suffix: str, target: float) -> Figure:
    """Return the figure for the series with *suffix*."""
    bare = found["bare" + suffix]
    unit = _added(found["reference"], found["bare"])
    ours = _added(found[HERE + suffix], bare)
    other = found.get(OTHER + suffix)
    against = ours / _added(other, bare) if other else None
    return Figure(name, ours / unit, target, against=against)


def _added(series: Iterable[float], bare: Iterable[float]) -> float:
    """Return the median of what a round cost more than the bare one beside it."""
    return median(one - other for one, other in zip(series, bare, strict=True))


def lifetimes(checkouts: Checkouts) -> list[Figure]:
    """Return how often Python looks for garbage that requests leave to uvicorn."""
    found = {name: _young_collections(path) for name, path in checkouts.items()}
    other = found.get(OTHER)
    return [
        Figure(
            "uvicorn, young collections per 1,000 requests",
            found[HERE],
            3,
            "",
            against=found[HERE] / other if other else None,
        )
    ]


def _young_collections(path: Path) -> float:
    with serve("uvicorn", "arware", path) as served:
        cookie = served.log_in()
        served.send(cookie, 1000)
        _, before = served.usage()
        served.send(cookie, 5000)
        return (served.usage()[1] - before) / 5
