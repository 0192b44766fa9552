"""The scenarios of ``python -m tests.chaos``: a fault, a load, and what must hold."""

from __future__ import annotations

import gc
import os
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from arware import wsgi
from arware.testing import MemoryRealm
from arware.testing._calls import Call, call_wsgi, wsgi_environ
from tests import services
from tests.patience import PATIENCE, patient
from tests.vectors.support import wsgi_application

from .keyhost import KeyHost

ORIGIN = "https://app.example"


@dataclass
class Report:
    """
    What was measured; *faults* says what did not hold.

    *slow* says what took longer than it should on a machine that has nothing else to
    do; nothing is proven by it on any other.
    """

    name: str
    figures: dict[str, object] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)

    def expect(self, holds: bool, what: str) -> None:
        """Note a fault unless it holds."""
        if not holds:
            self.faults.append(what)

    def expect_quick(self, holds: bool, what: str) -> None:
        """Note that something was slow unless it *holds*."""
        if not holds:
            self.slow.append(what)

    def __str__(self) -> str:
        verdict = "BAD" if self.faults else "SLOW" if self.slow else "good"
        lines = [f"{self.name}: {verdict}"]
        lines += [f"  {name}: {value}" for name, value in self.figures.items()]
        lines += [f"  fault: {fault}" for fault in self.faults]
        return "\n".join(lines + [f"  slow: {what}" for what in self.slow])


class Load:
    """Somebody known who asks again and again, from several threads."""

    def __init__(self, app: Any, call: Call, user: str, threads: int = 8) -> None:
        self._app, self._call, self._user = app, call, user
        self._threads = threads
        self.waits: list[float] = []
        self.outcomes: Counter[object] = Counter()

    def run(self, seconds: float, more: Callable[[], bool] = lambda: False) -> None:
        """
        Ask for so many seconds, and as long as there is *more* to come.

        Each thread asks once at least, and rests between two requests.
        """
        end = time.monotonic() + seconds

        def ask() -> None:
            goes_on = True
            while goes_on:
                started = time.perf_counter()
                try:
                    answer = call_wsgi(self._app, self._call)
                    what = answer.json()["user"] if answer.status == 200 else "5xx"
                except Exception as error:  # noqa: BLE001 - counted
                    what = type(error).__name__
                self.waits.append(time.perf_counter() - started)
                self.outcomes[what] += 1
                time.sleep(0.01)
                goes_on = time.monotonic() < end or more()

        with ThreadPoolExecutor(self._threads) as pool:
            for _ in range(self._threads):
                pool.submit(ask)

    def tell(self, report: Report) -> None:
        """Put the figures in *report*; all must have been served."""
        waits = sorted(self.waits)
        failed = sum(n for user, n in self.outcomes.items() if user != self._user)
        report.figures["requests"] = f"{len(waits):,}"
        report.figures["failed"] = failed
        report.figures["outcomes"] = dict(self.outcomes)
        for name, part in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
            wait = waits[min(len(waits) - 1, int(len(waits) * part))]
            report.figures[name] = f"{wait * 1000:.2f} ms"
        report.expect(failed == 0, f"{failed} requests of a known user failed")

    @property
    def p99(self) -> float:
        """What one in a hundred waits longer than."""
        return sorted(self.waits)[int(len(self.waits) * 0.99)]


def _bearer(token: str) -> Call:
    return Call(headers=(("authorization", f"Bearer {token}"),), origin=ORIGIN)


class Skewed:
    """The time of day, shifted, so that an hour passes in a moment."""

    def __init__(self) -> None:
        self.shift = 0.0

    def __call__(self) -> float:
        return time.time() + self.shift


def _outage(name: str, mode: str, seconds: float) -> Report:
    report, realm, clock = Report(name), MemoryRealm(), Skewed()
    with KeyHost(realm).serve() as host:
        app = wsgi.Middleware(
            wsgi_application,
            loginrocket_url=host.url,
            cookie_secret="s" * 40,
            clock=clock,
        )
        call = _bearer(realm.token("alice", lifetime=10 * 86400))
        with patient():  # the keys are at hand from here on
            call_wsgi(app, call)
        healthy = Load(app, call, "usr_alice")
        healthy.run(min(2, seconds / 4))
        host.mode, before = mode, host.asked
        # The set is over its age from now on, and it stays so: 20 hours pass.
        clock.shift = 600
        load = Load(app, call, "usr_alice")
        stop = threading.Event()

        def hurry() -> None:
            while not stop.wait(0.25):
                clock.shift = min(clock.shift + 60, 20 * 3600)

        threading.Thread(target=hurry, daemon=True).start()
        given_up = time.monotonic() + PATIENCE
        # The first attempt at least has to be seen.
        load.run(seconds, lambda: host.asked == before and time.monotonic() < given_up)
        stop.set()
        load.tell(report)
        report.figures["downloads tried"] = host.asked - before
        report.figures["time that passed"] = f"{clock.shift / 3600:.1f} h"
        report.figures["p99 when healthy"] = f"{healthy.p99 * 1000:.2f} ms"
        report.expect_quick(
            load.p99 < healthy.p99 * 1.5 + 0.01, "the known user waited for the host"
        )
        report.expect(host.asked > before, "nothing was tried")
    return report


def jwks_down(seconds: float) -> Report:
    """Keep a known user served while the key host resets every connection."""
    return _outage("jwks-down", "reset", seconds)


def jwks_hang(seconds: float) -> Report:
    """Keep a known user served while the key host accepts and never answers."""
    return _outage("jwks-hang", "hang", seconds)


def kid_flood(seconds: float) -> Report:
    """Flood with unknown kids while the host is up, failing, hanging in turn."""
    from .test_crowds import strangers

    report, realm = Report("kid-flood"), MemoryRealm()
    with KeyHost(realm).serve() as host:
        app = wsgi.Middleware(
            wsgi_application, loginrocket_url=host.url, cookie_secret="s" * 40
        )
        known = _bearer(realm.token("alice"))
        with patient():  # the keys are at hand from here on
            call_wsgi(app, known)
        load = Load(app, known, "usr_alice", threads=2)
        crowd, stop, flood = strangers(realm, 1000), threading.Event(), [0]

        def pour() -> None:
            while not stop.is_set():
                for call in crowd:
                    call_wsgi(app, call)
                    flood[0] += 1
                    if stop.is_set():
                        return

        pourers = [threading.Thread(target=pour, daemon=True) for _ in range(4)]
        began = time.monotonic()
        for thread in pourers:
            thread.start()
        for mode in ("ok", "500", "hang"):
            host.mode = mode
            load.run(seconds / 3)
        stop.set()
        for thread in pourers:
            thread.join(PATIENCE)
        load.tell(report)
        allowed = 2 + int((time.monotonic() - began) // 30)
        report.figures["unknown kids"] = f"{flood[0]:,}"
        report.figures["downloads"] = f"{host.asked} of {allowed} allowed"
        report.expect(host.asked <= allowed, "too many downloads")
    return report


def stampede(seconds: float) -> Report:
    """Start cold under 64 threads, again and again: one download each time."""
    report, realm = Report("stampede"), MemoryRealm()
    rounds = served = downloads = 0
    end = time.monotonic() + seconds
    tokens = [realm.token(f"u{number}") for number in range(64)]
    with patient(), ThreadPoolExecutor(64) as pool:
        while not rounds or time.monotonic() < end:
            with KeyHost(realm).serve() as host:
                app = wsgi.Middleware(
                    wsgi_application, loginrocket_url=host.url, cookie_secret="s" * 40
                )
                answers = list(
                    pool.map(lambda t, app=app: call_wsgi(app, _bearer(t)), tokens)
                )
                rounds += 1
                downloads += host.asked
                served += sum(
                    answer.json()["user"] == f"usr_u{number}"
                    for number, answer in enumerate(answers)
                )
    report.figures |= {"cold starts": rounds, "downloads": downloads, "served": served}
    report.expect(downloads == rounds, "not one download each")
    report.expect(served == 64 * rounds, "not all were served")
    return report


def _redis(
    name: str, seconds: float, fault: Callable[[services.Service], None]
) -> Report:
    report, realm = Report(name), MemoryRealm()
    with ExitStack() as stack:
        service = stack.enter_context(services.redis())
        cache = {"backend": "dogpile.cache.redis", "arguments.url": service.url}
        app = wsgi.Middleware(
            wsgi_application, **realm.settings(cache=cache, cookie_secret="s" * 40)
        )
        target = f"/?token={realm.token('alice')}"
        callback = call_wsgi(app, Call(target=target, origin=ORIGIN))
        cookie = callback.all("Set-Cookie")[0].partition(";")[0]
        call = Call(headers=(("cookie", cookie),), origin=ORIGIN)
        # Ask the region for every request, as after 30 s, so that faults are met.
        from arware.core import standing

        before, standing.REVOCATION_SECONDS = standing.REVOCATION_SECONDS, 0
        stack.callback(setattr, standing, "REVOCATION_SECONDS", before)
        healthy = Load(app, call, "usr_alice")
        healthy.run(min(2, seconds / 4))
        load = Load(app, call, "usr_alice")
        over = threading.Event()
        worker = threading.Thread(
            target=load.run, args=(seconds, lambda: not over.is_set())
        )
        worker.start()
        cycles = 0
        end = time.monotonic() + seconds
        try:
            while not cycles or time.monotonic() + 1.5 < end:
                time.sleep(0.5)
                fault(service)
                cycles += 1
        finally:
            over.set()
            worker.join()
        load.tell(report)
        report.figures["faults"] = cycles
        report.figures["p99 when healthy"] = f"{healthy.p99 * 1000:.2f} ms"
        report.expect_quick(load.p99 <= healthy.p99 + 0.3, "p99 grew by over 300 ms")
    return report


def redis_kill(seconds: float) -> Report:
    """Kill Redis and start it again, over and over."""

    def fault(service: services.Service) -> None:
        service.kill()
        time.sleep(0.5)
        service.start_again()

    return _redis("redis-kill", seconds, fault)


def redis_stop(seconds: float) -> Report:
    """Freeze Redis in the middle of its work, over and over."""

    def fault(service: services.Service) -> None:
        service.freeze()
        time.sleep(0.75)
        service.thaw()

    return _redis("redis-stop", seconds, fault)


def _resident() -> int:
    """Return the bytes that this process holds in memory."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no file
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def memory(requests: int) -> Report:
    """Serve so many requests of ever new visitors; memory must stay where it is."""
    report, realm = Report("memory"), MemoryRealm()
    adapter = wsgi.Middleware(wsgi_application, **realm.settings())
    environ = wsgi_environ(Call(origin=ORIGIN))
    good = [realm.token(f"u{number}") for number in range(200)]
    cookies = [
        call_wsgi(adapter, Call(target=f"/?token={token}", origin=ORIGIN))
        .all("Set-Cookie")[0]
        .partition(";")[0]
        for token in good
    ]
    # More people than verdicts are kept: the bound must be what holds.
    flow = adapter.authenticator.flow
    sign = flow._responder._cookie._signer.dumps
    samples, started = [], time.perf_counter()
    for number in range(requests):
        kind = number % 8
        given = dict(environ)
        if kind < 4:
            given["HTTP_COOKIE"] = cookies[number % len(cookies)]
        elif kind == 4:
            text = sign([f"login{number}", good[number % len(good)]])
            given["HTTP_COOKIE"] = f"__Host-authrocket={text}"
        elif kind == 5:
            given["HTTP_COOKIE"] = f"__Host-authrocket=junk{number}"
        elif kind == 6:
            given["HTTP_AUTHORIZATION"] = f"Bearer {good[number % len(good)]}"
        else:
            given["QUERY_STRING"] = f"token=a.b.{number}&x={number}"
        adapter(given, _ignore)
        if number % max(1, requests // 20) == 0:
            gc.collect()
            samples.append(_resident())
    samples.append(_resident())
    megabytes = [round(sample / 2**20, 1) for sample in samples]
    # The cache of verdicts fills up in the first half.
    middle = max(megabytes[len(megabytes) // 2 - 1 : len(megabytes) // 2 + 2])
    report.figures |= {
        "requests": f"{requests:,}",
        "requests a second": f"{requests / (time.perf_counter() - started):,.0f}",
        "MB at start, middle, end": (megabytes[0], middle, megabytes[-1]),
        "verdicts kept": len(flow._verdicts._by_name.values()),
    }
    kept = len(flow._verdicts._by_name.values())
    report.expect(kept <= 10_000, "more verdicts than are allowed")
    if requests >= 200_000:
        report.expect(megabytes[-1] - middle < 5, "memory grows")
    return report


def _ignore(*_: object) -> None:
    """Take what an answer begins with."""


SCENARIOS: dict[str, Callable[[float], Report]] = {
    "jwks-down": jwks_down,
    "jwks-hang": jwks_hang,
    "kid-flood": kid_flood,
    "stampede": stampede,
    "redis-kill": redis_kill,
    "redis-stop": redis_stop,
}
