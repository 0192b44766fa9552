"""
Programs that tests need beside them, each on loopback and on a port of its own.

A test that needs one says ``with redis() as service:`` (or takes the fixture of
``tests/conftest.py``). Where the program is not installed the test is skipped with the
reason, but fails if ``ARWARE_REQUIRE_SERVICES`` is ``1``, as it is where nothing may
be left out.
"""

from __future__ import annotations

import getpass
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HOST = "127.0.0.1"
POSTGRESQL = "usr/lib/postgresql/*/bin"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def missing(reason: str) -> None:
    """Skip the test for *reason*, or fail it where nothing may be left out."""
    if os.environ.get("ARWARE_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{reason}, and ARWARE_REQUIRE_SERVICES is 1")
    pytest.skip(reason)


def find_program(*names: str, folders: str = "") -> str:
    """Return the path of the first of *names* that is installed, else skip or fail."""
    places = sorted(map(str, Path("/").glob(folders)), reverse=True) if folders else []
    path = os.pathsep.join([*places, os.environ.get("PATH", os.defpath)])
    for name in names:
        found = shutil.which(name, path=path)
        if found:
            return found
    missing(f"{names[0]} is not installed")
    raise AssertionError("not reached")


def free_port() -> int:
    """
    Return a TCP port of the loopback address that nobody uses just now.

    It is none of those that systems give away by themselves, so that no connection of
    another test gets it before the program listens.
    """
    while True:
        port = random.randint(15_000, 30_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind((HOST, port))
            return port


def answers(port: int) -> bool:
    """Tell whether somebody accepts connections on *port*."""
    try:
        with socket.create_connection((HOST, port), 0.5):
            return True
    except OSError:
        return False


def wait_until(
    ready: Callable[[], bool], seconds: float = 60, what: str = "it to be ready"
) -> None:
    """Return as soon as *ready* says so; fail after *seconds*."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds} s for {what} in vain")
        time.sleep(0.02)


@dataclass
class Service:
    """A running program; *url* is how clients name it."""

    port: int
    url: str
    process: subprocess.Popen[bytes]
    restart: Callable[[], subprocess.Popen[bytes]]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """Start it again, on the same port, after :meth:`kill`."""
        self.process = self.restart()

    def freeze(self) -> None:
        """Stop it in the middle of whatever it does."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)


@contextmanager
def running(
    arguments: Sequence[str],
    *,
    port: int,
    url: str = "",
    ready: Callable[[], bool] | None = None,
    **options: Any,
) -> Iterator[Service]:
    """Run *arguments* until the block ends; *options* are those of ``Popen``."""
    is_ready = ready or (lambda: answers(port))

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=options.get("stdout", subprocess.DEVNULL),
            stderr=options.get("stderr", subprocess.DEVNULL),
            **{k: v for k, v in options.items() if k not in ("stdout", "stderr")},
        )
        try:
            wait_until(
                lambda: process.poll() is not None or is_ready(),
                what=f"{arguments[0]} on port {port}",
            )
            if process.poll() is not None:
                raise RuntimeError(f"{arguments[0]} ended with {process.returncode}")
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process

    service = Service(port, url or f"http://{HOST}:{port}", start(), start)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.thaw()
            service.process.terminate()
            try:
                service.process.wait(60)
            except subprocess.TimeoutExpired:
                service.kill()


@contextmanager
def redis() -> Iterator[Service]:
    """Run an empty Redis that writes nothing to disk."""
    port = free_port()
    program = find_program("redis-server")
    with tempfile.TemporaryDirectory(prefix="arware-redis-") as folder:
        arguments = [program, "--port", str(port), "--bind", HOST, "--dir", folder]
        arguments += ["--save", "", "--appendonly", "no"]
        with running(arguments, port=port, url=f"redis://{HOST}:{port}/0") as service:
            yield service


@contextmanager
def memcached() -> Iterator[Service]:
    """Run an empty memcached."""
    port = free_port()
    arguments = [find_program("memcached"), "-l", HOST, "-p", str(port), "-U", "0"]
    if getpass.getuser() == "root":
        arguments += ["-u", "nobody"]  # it refuses to be root
    with running(arguments, port=port, url=f"{HOST}:{port}") as service:
        yield service


@contextmanager
def postgres() -> Iterator[Service]:
    """Run an empty PostgreSQL; *url* is one for SQLAlchemy with psycopg 3."""
    initdb = find_program("initdb", folders=POSTGRESQL)
    server = find_program("postgres", folders=POSTGRESQL)
    port = free_port()
    # PostgreSQL refuses to be root; Debian's package brings a user for it.
    other: dict[str, Any] = (
        {"user": "postgres", "group": "postgres", "extra_groups": []}
        if getpass.getuser() == "root"
        else {}
    )
    with tempfile.TemporaryDirectory(prefix="arware-postgres-") as folder:
        data = Path(folder) / "data"
        data.mkdir(0o700)
        if other:
            shutil.chown(folder, "postgres", "postgres")
            shutil.chown(data, "postgres", "postgres")
        subprocess.run(
            [initdb, "-D", data, "-U", "arware", "-A", "trust", "-E", "UTF8", "-N"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **other,
        )
        arguments = [server, "-D", str(data), "-p", str(port), "-h", HOST]
        arguments += ["-k", folder, "-F"]
        url = f"postgresql+psycopg://arware@{HOST}:{port}/postgres"
        ready = _accepts_queries(port)
        with running(
            arguments, port=port, url=url, ready=ready, cwd=folder, **other
        ) as service:
            yield service


def _accepts_queries(port: int) -> Callable[[], bool]:
    """Return a test of readiness: the port opens before the database does."""
    program = find_program("pg_isready", folders=POSTGRESQL)
    return lambda: (
        subprocess.run(
            [program, "-q", "-h", HOST, "-p", str(port)], check=False
        ).returncode
        == 0
    )


def chromium() -> str:
    """Return the path of a Chromium that is installed, else skip or fail."""
    return find_program(*BROWSERS)
