"""Under uWSGI as it comes: the master loads the application, and no fork hook runs."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.api import servers
from tests.api.servers import Response, Seen
from tests.services import HOST, Service, find_program, free_port, running

ROOT = Path(__file__).parent.parent.parent
WORKERS = 4
REQUESTS = 200

#: Uses its client, or its region, in the master, so that there is something to share.
APPLICATION = """
import json, os
{shared}
ask("early")

def application(environ, start_response):
    found = ask(environ["PATH_INFO"].strip("/"))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{{found}} {{os.getpid()}}".encode()]
"""

CLIENT = """
from arware.api.client import Client
client = Client(url={url!r}, api_key="ks_1")

def ask(name):
    return client.orgs.find(name).name
"""

REGION = """
from arware.cache import breaker, guarded
breaker.SLOW = 60.0  # however busy the machine is
kept = guarded({configuration!r}, ["a" * 32])

def ask(name):
    stored = kept.set(name, name, 60)
    created = kept.get_or_create(name + "-created", lambda: name, 60)
    return kept.get(name) if stored and created == name else (stored, created)
"""


@contextmanager
def served(folder: Path, shared: str) -> Iterator[int]:
    """Run uWSGI with *shared* in its application; yield its port."""
    beside = Path(sys.executable).with_name("uwsgi")
    program = str(beside) if beside.exists() else find_program("uwsgi")
    (folder / "forked.py").write_text(APPLICATION.format(shared=shared))
    port = free_port()
    command = [program, "--http-socket", f"{HOST}:{port}", "-p", str(WORKERS)]
    command += ["--master", "--die-on-term", "--need-app", "--disable-logging"]
    command += ["--virtualenv", sys.prefix, "--module", "forked:application"]
    path = os.pathsep.join((str(folder), str(ROOT)))
    with running(command, port=port, env={**os.environ, "PYTHONPATH": path}):
        yield port


def answer(port: int, name: str) -> tuple[str, str]:
    """Return what a worker found for *name*, and the worker."""
    connection = HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("GET", f"/{name}")
        found, _, worker = connection.getresponse().read().decode().rpartition(" ")
    finally:
        connection.close()
    return found, worker


def mixed_up(port: int) -> tuple[list[tuple[str, str]], set[str]]:
    """Return which names got another answer than their own, and who answered."""
    names = [f"org_{number}" for number in range(REQUESTS)]
    with ThreadPoolExecutor(2 * WORKERS) as pool:
        answers = list(pool.map(lambda name: answer(port, name), names))
    wrong = [
        (name, found)
        for name, (found, _) in zip(names, answers, strict=True)
        if found != name
    ]
    return wrong, {worker for _, worker in answers}


def test_f12_one_client_of_all_workers_gives_each_its_own_answers(
    tmp_path: Path,
) -> None:
    """Each worker has connections of its own, whoever made the client."""

    def named(seen: Seen) -> Response:
        name = seen.path.rpartition("/")[2]
        time.sleep(0.005)  # so that several are under way
        return Response({"object": "org", "id": name, "name": name})

    with servers.api() as api:
        api.answer = named
        with served(tmp_path, CLIENT.format(url=api.url)) as port:
            wrong, workers = mixed_up(port)

    assert wrong == []
    assert len(workers) > 1


@pytest.mark.parametrize("store", ["redis", "memcached"])
def test_f12_one_region_of_all_workers_gives_each_its_own_entries(
    request: pytest.FixtureRequest, tmp_path: Path, store: str
) -> None:
    """Each worker has connections and locks of its own."""
    service: Service = request.getfixturevalue(f"{store}_service")
    backend = {"redis": "redis", "memcached": "pymemcache"}[store]
    configuration = {
        "backend": f"dogpile.cache.{backend}",
        "arguments.url": service.url,
    }
    with served(tmp_path, REGION.format(configuration=configuration)) as port:
        wrong, workers = mixed_up(port)

    assert wrong == []
    assert len(workers) > 1
