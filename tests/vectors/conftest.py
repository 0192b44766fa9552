"""What the vectors share: one realm, its doors, a clock that stands still."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from arware.testing import MemoryRealm

from .support import Clock, Doors

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
def doors(realm: MemoryRealm) -> Doors:
    """Return doors that download the realm's key set."""
    return Doors(realm)


@pytest.fixture(scope="session")
def pem_doors(realm: MemoryRealm) -> Doors:
    """Return doors that are given the realm's public key."""
    return Doors(realm, jwt_key=realm.public_key)


@pytest.fixture(scope="session")
def hs256_doors(realm: MemoryRealm) -> Doors:
    """Return doors that share a secret with the realm."""
    return Doors(realm, jwt_key=SECRET.decode())


@pytest.fixture(scope="session")
def all_doors(doors: Doors, pem_doors: Doors, hs256_doors: Doors) -> tuple[Doors, ...]:
    """Return the doors of every kind of key."""
    return doors, pem_doors, hs256_doors
