"""
Crowds: one download, no needless waits, nobody mixed up (T20-T25, T54).

Nothing is measured. The host holds its answer until everybody has been served who must
not wait for it, so somebody who does wait for it waits until the test gives up.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from arware import asgi, wsgi
from arware.runtime.key_store import KeyStore
from arware.testing import MemoryRealm
from arware.testing._calls import Call, call_asgi, call_wsgi
from tests.patience import PATIENCE, happens
from tests.services import wait_until
from tests.vectors.support import (
    Clock,
    asgi_application,
    compact,
    segment,
    wsgi_application,
)

from .keyhost import KeyHost

ORIGIN = "https://app.example"
CROWD = 1000
THREADS = 64
#: The clock of all adapters and of the realm stands still, however long a crowd takes.
NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def realm() -> MemoryRealm:
    """Return one realm for all hosts."""
    return MemoryRealm(clock=Clock(NOW))


def settings_of(host: KeyHost, **more: Any) -> dict[str, Any]:
    """Return an adapter's settings that download from *host*."""
    fixed = {"cookie_secret": "s" * 40, "clock": Clock(NOW)}
    return {"loginrocket_url": host.url} | fixed | more


def keys_of(app: Any) -> KeyStore:
    """Return the keys that the adapter *app* holds."""
    keys = app.authenticator.flow._verdicts._keys
    assert isinstance(keys, KeyStore)
    return keys


def bearer(token: str) -> Call:
    """Return a call that shows *token*."""
    return Call(headers=(("authorization", f"Bearer {token}"),), origin=ORIGIN)


def strangers(realm: MemoryRealm, count: int) -> list[Call]:
    """Return calls with well-formed tokens of kids that nobody knows."""
    claims = realm.claims("mallory")
    text = realm.sign(claims, {"alg": "RS256", "kid": "jky_0"})
    _, payload, signature = text.split(".")
    heads = (
        segment(compact({"alg": "RS256", "kid": f"jky_{os.urandom(8).hex()}"}))
        for _ in range(count)
    )
    return [bearer(f"{head}.{payload}.{signature}") for head in heads]


def by_threads(
    app: Any, calls: list[Call], host: KeyHost, waiting: int = 0
) -> tuple[list[Any], list[int]]:
    """
    Make all calls from 64 threads; return who was there, and which calls were held up.

    *host* is let go as soon as all calls but *waiting* of them are answered.
    """

    def one(call: Call) -> Any:
        return call_wsgi(app, call).json()["user"]

    with ThreadPoolExecutor(THREADS) as pool:
        futures = [pool.submit(one, call) for call in calls]
        try:
            wait_until(
                lambda: sum(not future.done() for future in futures) <= waiting,
                PATIENCE,
                "all who need not wait",
            )
            held_up = [at for at, future in enumerate(futures) if not future.done()]
        finally:
            host.let_go()
        return [future.result(PATIENCE) for future in futures], held_up


def by_tasks(
    app: Any, calls: list[Call], host: KeyHost, waiting: int = 0
) -> tuple[list[Any], list[int]]:
    """Do what :func:`by_threads` does with tasks of one loop."""

    async def one(call: Call) -> Any:
        return (await call_asgi(app, call)).json()["user"]

    async def run() -> tuple[list[Any], list[int]]:
        tasks = [asyncio.ensure_future(one(call)) for call in calls]
        try:
            await happens(lambda: sum(not task.done() for task in tasks) <= waiting)
            held_up = [at for at, task in enumerate(tasks) if not task.done()]
        finally:
            host.let_go()
        return await asyncio.gather(*tasks), held_up

    return asyncio.run(run())


Runner = Callable[..., tuple[list[Any], list[int]]]

WAYS: dict[str, tuple[Callable[..., Any], Runner]] = {
    "threads": (
        lambda **adapter: wsgi.Middleware(wsgi_application, **adapter),
        by_threads,
    ),
    "tasks": (lambda **adapter: asgi.Middleware(asgi_application, **adapter), by_tasks),
}


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mode", ["ok", "500", "closed"])
def test_t20_a_thousand_random_kids(realm: MemoryRealm, way: str, mode: str) -> None:
    """
    While the host hangs all are served but the one who fetches, whatever it brings.

    All 1,000 known users and 999 of 1,000 strangers have their answers before the host
    gives any; there is one download more.
    """
    make, run = WAYS[way]
    clock = Clock(NOW)
    known = bearer(realm.token("alice"))
    with KeyHost(realm).serve() as host:
        app = make(**settings_of(host, clock=clock))
        assert run(app, [known], host) == (["usr_alice"], [])
        clock.now += 31  # so that another download is allowed
        host.mode = mode
        host.hold()
        crowd = strangers(realm, CROWD)
        calls = [call for stranger in crowd for call in (stranger, known)]
        users, held_up = run(app, calls, host, waiting=1)

        assert host.asked == 2
    assert users == [None, "usr_alice"] * CROWD
    [fetching] = held_up
    assert fetching % 2 == 0


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("way", WAYS)
def test_t21_a_refresh_that_hangs_holds_up_nobody(realm: MemoryRealm, way: str) -> None:
    """1,000 known users are served before the host says a word about fresh keys."""
    make, run = WAYS[way]
    clock = Clock(NOW)
    known = bearer(realm.token("alice"))
    with KeyHost(realm).serve() as host:
        app = make(**settings_of(host, clock=clock))
        run(app, [known], host)
        clock.now += 600
        host.hold()
        users, _ = run(app, [known] * CROWD, host)
        wait_until(lambda: host.asked == 2, PATIENCE, "the refresh")

    assert users == ["usr_alice"] * CROWD


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("way", WAYS)
def test_t24_a_stampede_at_the_start(realm: MemoryRealm, way: str) -> None:
    """1,000 at once on a cold start: exactly one download, all of them served."""
    make, run = WAYS[way]
    calls = [bearer(realm.token(f"u{number}")) for number in range(100)] * 10
    with KeyHost(realm).serve() as host:
        users, _ = run(make(**settings_of(host)), calls, host)

        assert host.asked == 1
    assert users == [f"usr_u{n}" for n in range(100)] * 10


def test_t24_a_stampede_at_a_host_that_hangs(realm: MemoryRealm) -> None:
    """1,000 tasks wait together, and give up as nobody while the host still hangs."""
    make, run = WAYS["tasks"]
    calls = [bearer(realm.token("alice"))] * CROWD
    with KeyHost(realm).serve() as host:
        host.hold()
        users, held_up = run(make(**settings_of(host)), calls, host)

        assert host.asked == 1
    assert held_up == []
    assert users == [None] * CROWD


@pytest.mark.usefixtures("patience")
def test_t25_the_loop_never_waits(realm: MemoryRealm) -> None:
    """While one stranger waits for a host that hangs, the loop does everything else."""

    async def run(host: KeyHost) -> tuple[set[Any], int, list[Any]]:
        clock = Clock(NOW)
        app = asgi.Middleware(asgi_application, **settings_of(host, clock=clock))
        known = bearer(realm.token("alice"))
        crowd = [asyncio.ensure_future(call_asgi(app, known)) for _ in range(200)]
        await asyncio.gather(*crowd)
        clock.now += 31
        host.hold()
        waiting = [
            asyncio.ensure_future(call_asgi(app, call)) for call in strangers(realm, 50)
        ]
        served = set()
        await happens(lambda: host.asked == 2)
        for _ in range(500):
            await asyncio.sleep(0)
            served.add((await call_asgi(app, known)).json()["user"])
        # Had the loop waited, the host would have been given up by now.
        still = sum(not task.done() for task in waiting)
        host.let_go()
        done = await asyncio.gather(*waiting)
        return served, still, [answer.json()["user"] for answer in done]

    with KeyHost(realm).serve() as host:
        served, still, users = asyncio.run(run(host))

    assert served == {"usr_alice"}
    assert still == 1
    assert users == [None] * 50


@pytest.mark.usefixtures("patience")
def test_t25_who_gives_up_harms_nobody(realm: MemoryRealm) -> None:
    """1,000 cancelled requests: the download goes on, the others get its keys."""

    async def run(host: KeyHost) -> list[Any]:
        app = asgi.Middleware(asgi_application, **settings_of(host))
        call = bearer(realm.token("alice"))
        host.hold()
        tasks = [asyncio.ensure_future(call_asgi(app, call)) for _ in range(CROWD + 20)]
        await happens(lambda: host.asked == 1)
        for task in tasks[:CROWD]:
            task.cancel()
        gone = await asyncio.gather(*tasks[:CROWD], return_exceptions=True)
        host.let_go()
        served = [*(await asyncio.gather(*tasks[CROWD:])), await call_asgi(app, call)]
        return [
            *(type(each).__name__ for each in gone),
            *(each.json()["user"] for each in served),
        ]

    with KeyHost(realm).serve() as host:
        seen = asyncio.run(run(host))

        assert host.asked == 1
    assert seen[:CROWD] == ["CancelledError"] * CROWD
    assert seen[CROWD:] == ["usr_alice"] * 21


@pytest.mark.usefixtures("patience")
def test_t25_a_download_outlives_its_loop(realm: MemoryRealm) -> None:
    """A loop that closes while keys are fetched leaves nothing behind that breaks."""
    clock = Clock(NOW)
    with KeyHost(realm).serve() as host:
        app = asgi.Middleware(asgi_application, **settings_of(host, clock=clock))
        call = bearer(realm.token("alice"))
        host.hold()

        async def give_up() -> None:
            task = asyncio.ensure_future(call_asgi(app, call))
            await happens(lambda: host.asked == 1)
            task.cancel()
            await task

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(give_up())
        under_way = keys_of(app)._attempts.get().under_way
        host.let_go()

        # The worker tells a loop that is closed, and its keys are there all the same.
        assert under_way.result(PATIENCE).find(realm.kid)
        assert asyncio.run(call_asgi(app, call)).json()["user"] == "usr_alice"
        assert host.asked == 1


FORKS = """
import os, sys, threading, time
sys.path.insert(0, {root!r})
from arware import wsgi
from arware.cache import guarded
from arware.testing import MemoryRealm
from arware.testing._calls import call_wsgi
from tests.chaos.keyhost import KeyHost
from tests.chaos.test_crowds import NOW, Clock, bearer, keys_of, settings_of
from tests.patience import PATIENCE, patient
from tests.services import wait_until
from tests.vectors.support import wsgi_application

realm = MemoryRealm(clock=Clock(NOW))
failed = 0
with patient(), KeyHost(realm).serve() as host:
    clock = Clock(NOW)
    app = wsgi.Middleware(wsgi_application, **settings_of(host, clock=clock))
    token = realm.token("alice", lifetime=10 ** 6)
    call = bearer(token)
    call_wsgi(app, call)
    stop = threading.Event()
    cache = guarded(None, ())
    keys = keys_of(app)
    locked = (keys._attempts.get().lock, cache._breaker._backend.get()._lock)

    def worry(lock):
        # Hold each lock as often as can be, so that forks happen inside of them.
        while not stop.is_set():
            with lock:
                time.sleep(0.0005)

    for lock in locked:
        threading.Thread(target=worry, args=(lock,), daemon=True).start()
    for number in range(100):
        if number % 2:
            # A refresh hangs, and stays without an end, while the child is made.
            host.hold()
            clock.now += 600
            before = host.asked
            keys.peek(clock.now)
            wait_until(lambda: host.asked > before, PATIENCE)
        child = os.fork()
        if child == 0:
            # Every second child has to download: from its parent, which serves.
            if number % 4 > 1:
                keys._held = None
            answer = call_wsgi(app, call).json()["user"]
            made = cache.get_or_create("key", lambda: number, 60)
            os._exit(0 if (answer, made) == ("usr_alice", number) else 1)
        host.let_go()
        until = time.monotonic() + PATIENCE
        while True:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                failed += status != 0
                break
            if time.monotonic() > until:
                os.kill(child, 9)
                os.waitpid(child, 0)
                failed += 1
                break
            time.sleep(0.002)
    stop.set()
print("failed", failed)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_t25_forks() -> None:
    """100 forks in the middle of downloads and locks: each child serves at once."""
    root = str(Path(__file__).parent.parent.parent)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKS.format(root=root)],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=root,
        check=False,
    )

    assert done.stdout.strip().splitlines()[-1:] == ["failed 0"], done.stderr[-2000:]


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize("way", WAYS)
def test_t54_nobody_is_taken_for_somebody_else(realm: MemoryRealm, way: str) -> None:
    """64 threads or 1,000 tasks, 100 users by cookie and by Bearer, 10,000 requests."""
    make, run = WAYS[way]
    before = set(threading.enumerate())
    with KeyHost(realm).serve() as host:
        app = make(**settings_of(host))
        adapter = wsgi.Middleware(wsgi_application, **settings_of(host))
        calls, expected = [], []
        for number in range(100):
            token = realm.token(f"u{number}")
            target = f"/?token={token}"
            answer = call_wsgi(adapter, Call(target=target, origin=ORIGIN))
            cookie = answer.all("Set-Cookie")[0].partition(";")[0]
            by_cookie = Call(headers=(("cookie", cookie),), origin=ORIGIN)
            calls += [bearer(token), by_cookie, Call(origin=ORIGIN)]
            expected += [f"usr_u{number}"] * 2 + [None]
        seen = []
        for _ in range(10 if way == "tasks" else 33):
            seen += run(app, calls, host)[0]

    assert seen == expected * (len(seen) // len(expected))
    # At most the four that answer what might block are left.
    wait_until(lambda: len(set(threading.enumerate()) - before) <= 4, PATIENCE)
