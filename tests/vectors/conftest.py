"""What the vectors share: one realm, its adapters, a clock that stands still."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from arware.testing import MemoryRealm

from .support import Adapters, Clock

#: The shared secret of the realm that signs HS256.
SECRET = b"a-shared-secret-of-forty-two-characters-ok"


@pytest.fixture(scope="session")
def clock() -> Clock:
    """Return the clock of all the vectors."""
    return Clock(float(int(time.time())))


@pytest.fixture(scope="session")
def realm(clock: Clock) -> Iterator[MemoryRealm]:
    """Serve one realm to all the vectors."""
    realm = MemoryRealm(clock=clock)
    with realm.serve():
        yield realm


@pytest.fixture(scope="session")
def adapters(realm: MemoryRealm) -> Adapters:
    """Return adapters that download the realm's key set."""
    return Adapters(realm)


@pytest.fixture(scope="session")
def pem_adapters(realm: MemoryRealm) -> Adapters:
    """Return adapters that are given the realm's public key."""
    return Adapters(realm, jwt_key=realm.public_key)


@pytest.fixture(scope="session")
def hs256_adapters(realm: MemoryRealm) -> Adapters:
    """Return adapters that share a secret with the realm."""
    return Adapters(realm, jwt_key=SECRET.decode())


@pytest.fixture(scope="session")
def all_adapters(
    adapters: Adapters, pem_adapters: Adapters, hs256_adapters: Adapters
) -> tuple[Adapters, ...]:
    """Return the adapters of every kind of key."""
    return adapters, pem_adapters, hs256_adapters
