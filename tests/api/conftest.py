"""An API on loopback and a client for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from arware.api.client import Client
from tests.api import servers
from tests.api.kinds import KINDS, Make, maker

KEY = "ks_0000000000000000000000-00000000000000000000000000000000"


@pytest.fixture
def api() -> Iterator[servers.Api]:
    """Run an API that answers as it is told."""
    with servers.api() as served:
        yield served


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest) -> Make:
    """Return what makes clients, of each kind in turn."""
    return maker(request.param)


@pytest.fixture
def client(api: servers.Api) -> Iterator[Client]:
    """Return a client of :func:`api`."""
    with Client(url=api.url, api_key=KEY, realm="rl_1") as made:
        yield made
