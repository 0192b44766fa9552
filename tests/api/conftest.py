"""An API on loopback and a client for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from arware.api.client import Client
from tests.api import servers

KEY = "ks_0000000000000000000000-00000000000000000000000000000000"


@pytest.fixture
def api() -> Iterator[servers.Api]:
    """Run an API that answers as it is told."""
    with servers.api() as served:
        yield served


@pytest.fixture
def client(api: servers.Api) -> Iterator[Client]:
    """Return a client of :func:`api`."""
    with Client(url=api.url, api_key=KEY, realm="rl_1") as made:
        yield made
