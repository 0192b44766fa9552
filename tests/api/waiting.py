"""What shows that somebody waits, so that tests need not guess how long that takes."""

from __future__ import annotations

from typing import Any

from arware.cache.breaker import Region, _failure_key


class Flights(dict):  # type: ignore[type-arg]  # as little as a region needs
    """The creations under way; it counts who has looked for one to wait for."""

    looks = 0

    def get(self, key: str) -> Any:
        self.looks += 1
        return super().get(key)


def watch(region: Region) -> Flights:
    """Put a new :class:`Flights` into *region*, and return it."""
    flights = Flights()
    region._flights = flights
    return flights


class Watched(Region):
    """A region that counts how often it has looked whether to wait any longer."""

    looks = 0

    def get(self, key: str | tuple[object, ...]) -> Any | None:
        found = super().get(key)
        self.looks += key == _failure_key(HERD)
        return found


#: What all want, and one creates.
HERD = "arware:1:herd"
