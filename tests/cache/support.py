"""What tests of regions share: a look inside, and what shows that somebody waits."""

from __future__ import annotations

from typing import Any

from arware.cache import Region
from arware.cache.breaker import Breaker
from arware.fork import PerProcess

A, B = "a" * 32, "b" * 32


def backend_of(region: Region) -> Any:
    """Return the backend of dogpile's below *region*, in this process."""
    return region._breaker._backend.get()


def close(*regions: Region) -> None:
    """Close the connections that the clients of the stores keep."""
    for each in regions:
        backend = backend_of(each)
        client = getattr(backend, "writer_client", None) or backend.client
        client.close()


class Creations(dict[str, Any]):
    """The creations under way; it counts who has looked for one to wait for."""

    looks = 0

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Count the caller."""
        found = super().setdefault(key, default)
        self.looks += 1
        return found


def watch(region: Region) -> Creations:
    """Put a new :class:`Creations` into *region*, and return it."""
    creations = Creations()
    region._creations = PerProcess(lambda: creations)
    return creations


class Acting:
    """A store whose every action does *act*."""

    def __init__(self, act: Any) -> None:
        self.act = act
        self.asked = 0

    def get_serialized(self, *_: object) -> Any:
        """Act."""
        self.asked += 1
        return self.act()

    keep = get_mutex = get_serialized

    def hang_up(self) -> None:
        """Do nothing."""

    def region(self, **options: Any) -> Region:
        """Return a region that counts as shared, over this store."""
        return Region(Breaker(lambda: self, **options)).signed([A])


def fail() -> Any:
    """Fail as a client does whose store is down."""
    raise OSError("down")
