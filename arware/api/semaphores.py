"""So many connections, and no more, to each origin."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from .wire import Request

T = TypeVar("T")

#: Connections kept and used at a time, for each origin.
POOL = 10
_ORIGINS = 100
BUSY = f"its {POOL} connections were all busy until the time was over"
NO_TIME = "no time was left to ask it"


class Semaphores(Generic[T]):
    """The semaphore of each origin, which *make* makes. Not safe for threads."""

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._made: OrderedDict[Hashable, T] = OrderedDict()

    def of(self, request: Request) -> T:
        """Return the semaphore of where *request* goes."""
        origin = request.origin
        semaphore = self._made.get(origin)
        if semaphore is None:
            semaphore = self._made[origin] = self._make(POOL)
            if len(self._made) > _ORIGINS:
                self._made.popitem(last=False)
        return semaphore
