"""Stores for regions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services import Service


@pytest.fixture(params=["redis", "memcached"])
def store(request: pytest.FixtureRequest) -> Iterator[tuple[Service, dict[str, str]]]:
    """Return a real store and the configuration of a region in it."""
    name = request.param
    service: Service = request.getfixturevalue(f"{name}_service")
    backend = "dogpile.cache.redis" if name == "redis" else "dogpile.cache.pymemcache"
    yield service, {"backend": backend, "arguments.url": service.url}
    service.thaw()
    if service.process.poll() is not None:
        service.start_again()


@pytest.fixture
def configuration(store: tuple[Service, dict[str, str]]) -> dict[str, str]:
    """Return the configuration of a region in a real store."""
    return store[1]
