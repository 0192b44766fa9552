"""An adapter that is made before a fork works in every child (T25)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from arware.testing import MemoryRealm
from tests.services import HOST, free_port, running

ROOT = Path(__file__).parent.parent.parent

#: Prepares an adapter, with its threads and locks, and uses it, before any fork.
WARM = """
from arware.testing._calls import Call, call_wsgi
from arware.wsgi import Middleware
import os, sys

def inner(environ, start_response):
    user = environ["authrocket.user"]
    headers = [("Content-Type", "text/plain"), ("X-Pid", str(os.getpid()))]
    start_response("200 OK", headers)
    return [(user.id if user else "nobody").encode()]

application = Middleware(inner)
early = (("authorization", "Bearer " + os.environ["ARWARE_TEST_TOKEN"]),)
if os.environ["ARWARE_TEST_START"] == "warm":
    call_wsgi(application, Call(headers=early))
"""


@pytest.fixture(params=["warm", "cold"])
def served(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Any]:
    """Run gunicorn with two children of a process that may have used the adapter."""
    realm = MemoryRealm()
    (tmp_path / "warm_adapter.py").write_text(WARM)
    port = free_port()
    with realm.serve():
        settings = realm.settings()
        environ = {
            **os.environ,
            "ARWARE_TEST_START": request.param,
            "ARWARE_TEST_TOKEN": realm.token("early"),
            "LOGINROCKET_URL": settings["loginrocket_url"],
            "AUTHROCKET_COOKIE_SECRET": settings["cookie_secret"],
            "PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT))),
        }
        command = [sys.executable, "-m", "gunicorn", "--preload", "-w", "2"]
        command += ["-b", f"{HOST}:{port}", "warm_adapter:application"]
        with running(command, port=port, env=environ, cwd=ROOT):
            yield realm, port


def test_t25_every_child_knows_its_users(served: Any) -> None:
    """Known keys, unknown keys and fresh downloads all work after the fork."""
    realm, port = served
    pids = set()
    for number in range(60):
        connection = HTTPConnection(HOST, port, timeout=60)
        token = realm.token(f"u{number}")
        if number % 10 == 9:
            stranger = {"kid": f"jky_{number}", "alg": "RS256"}
            token = realm.sign(realm.claims("mallory"), stranger)
        try:
            headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
            connection.request("GET", "/", headers=headers)
            response = connection.getresponse()
            pids.add(response.getheader("X-Pid"))
            body = response.read().decode()
        finally:
            connection.close()
        assert body == ("nobody" if number % 10 == 9 else f"usr_u{number}")

    assert pids
