"""Websockets under real ASGI servers: let in, let in as nobody, turned away."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from arware.testing import MemoryRealm
from tests.services import HOST, free_port, running

from .test_servers import ROOT, SERVERS


@pytest.fixture(scope="module")
def realm() -> Iterator[MemoryRealm]:
    """Serve one realm to the servers of this module."""
    realm = MemoryRealm()
    with realm.serve():
        yield realm


@pytest.fixture(scope="module", params=["uvicorn", "hypercorn"])
def port(request: pytest.FixtureRequest, realm: MemoryRealm) -> Iterator[int]:
    """Run a server whose websockets below /members need a login."""
    port = free_port()
    settings = realm.settings()
    environ = {
        **os.environ,
        "ARWARE_TEST_HOST": "asgi",
        "ARWARE_TEST_REQUIRE_LOGIN": "/members",
        "LOGINROCKET_URL": settings["loginrocket_url"],
        "AUTHROCKET_COOKIE_SECRET": settings["cookie_secret"],
    }
    arguments = [
        part.format(port=port, address=f"{HOST}:{port}")
        for part in SERVERS[request.param]
    ]
    command = [sys.executable, "-m", *arguments]
    with running(command, port=port, env=environ, cwd=ROOT):
        yield port


def open_socket(port: int, path: str, token: str | None = None) -> Any:
    """Open a websocket, as a program with a bearer token does."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return connect(
        f"ws://{HOST}:{port}{path}",
        additional_headers=headers,
        open_timeout=60,
        proxy=None,
    )


def test_t56_somebody_and_nobody(port: int, realm: MemoryRealm) -> None:
    """The application is told who is there."""
    with open_socket(port, "/ws", realm.token("bob")) as socket:
        assert socket.recv(60) == "usr_bob"
    with open_socket(port, "/ws") as socket:
        assert socket.recv(60) == "nobody"


def test_t56_a_required_login_is_refused_before_the_handshake(
    port: int, realm: MemoryRealm
) -> None:
    """Servers make a 403 of the close, and no websocket comes to be."""
    with pytest.raises(InvalidStatus) as caught, open_socket(port, "/members/ws"):
        pass

    assert caught.value.response.status_code == 403
    with open_socket(port, "/members/ws", realm.token("bob")) as socket:
        assert socket.recv(60) == "usr_bob"
