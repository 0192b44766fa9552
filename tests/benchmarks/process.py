"""What arware asks of the key host, and what memory it takes, over many requests."""

from __future__ import annotations

import logging
import resource
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import jwt

from arware.testing import MemoryRealm
from arware.wsgi import Middleware

from .rounds import Checkouts, Figure
from .traffic import SECRET, bare_wsgi, environ, start_response

REQUESTS = 1_000_000
#: Every so many requests somebody comes whom the process has not seen.
STRANGER_EVERY = 10
HOUR = 3600


def measure(_: Checkouts) -> list[Figure]:
    """Return the figures of the process; they need no comparison."""
    failed, delayed = _outage()
    return [
        Figure("key downloads for 1,000 unknown kids", _kid_flood(), 1, ""),
        Figure("failed requests, key host hangs for an hour", failed, 0, ""),
        Figure("delayed requests, key host hangs for an hour", delayed, 0, ""),
        Figure(f"growth over {REQUESTS:,} requests", _growth(), 8, "MiB"),
    ]


def _is_known(adapter: Middleware, token: str) -> bool:
    request = environ({"authorization": f"Bearer {token}"})
    adapter(request, start_response)
    return request["authrocket.user"] is not None


def _kid_flood() -> int:
    """Return how often a warm adapter downloads while 1,000 strangers knock."""
    realm = MemoryRealm()
    with realm.serve() as url:
        adapter = Middleware(bare_wsgi, loginrocket_url=url, cookie_secret=SECRET)
        known = realm.token()
        assert _is_known(adapter, known)
        before = realm.downloads
        for number in range(1000):
            header = {"kid": f"jky_{number}", "alg": "RS256"}
            token = realm.sign(realm.claims("mallory"), header)
            assert not _is_known(adapter, token)
        assert _is_known(adapter, known)
        return realm.downloads - before


def _outage() -> tuple[int, int]:
    """Return how many requests of a known key fail, and wait, while its host hangs."""
    now = time.time()
    realm = MemoryRealm()
    with realm.serve() as url:
        adapter = Middleware(
            bare_wsgi, loginrocket_url=url, cookie_secret=SECRET, clock=lambda: now
        )
        token = realm.token()
        assert _is_known(adapter, token)
    # It takes connections and never answers; that there are no keys is told each time.
    logging.getLogger("arware").setLevel(logging.CRITICAL)
    port = urlsplit(url).port
    failed = delayed = 0
    with socket.create_server(("127.0.0.1", port or 0)):
        for _ in range(0, HOUR, 10):
            now += 10
            began = time.perf_counter()
            failed += not _is_known(adapter, token)
            delayed += time.perf_counter() - began > 0.5
    return failed, delayed


def _growth() -> float:
    """Return by how many MiB the process grows once its caches are full."""
    secret = "growth " * 8
    adapter = Middleware(
        bare_wsgi,
        loginrocket_url="https://memory.e2.loginrocket.com/",
        jwt_key=secret,
        cookie_secret=SECRET,
    )
    before = 0
    for number, request in enumerate(_requests(secret)):
        if number == REQUESTS // 5:
            before = _resident()
        adapter(request, start_response)
    return max(0, _resident() - before) / 1024


def _requests(secret: str) -> Iterator[dict[str, Any]]:
    """Yield a million requests, a tenth of them with a token that is new."""
    claims = MemoryRealm().claims("alice", org="acme")
    known = environ(_bearer(claims, secret, 0))
    for number in range(REQUESTS):
        if number % STRANGER_EVERY:
            yield dict(known)
        else:
            yield {**known, **environ(_bearer(claims, secret, number))}


def _bearer(claims: dict[str, Any], secret: str, number: int) -> dict[str, str]:
    token = jwt.encode({**claims, "jti": str(number)}, secret, "HS256")
    return {"authorization": f"Bearer {token}"}


def _resident() -> int:
    """Return the most memory that this process ever held, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
