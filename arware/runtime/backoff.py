"""Leave alone for a while whom nobody could reach: each attempt may take long."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from arware.errors import ConnectionError as NoConnection
from arware.errors import RateLimited

T = TypeVar("T")

#: After nobody could tell, the next attempt waits so long, in seconds.
RETRY_SECONDS = 5.0


class Backoff:
    """Remember whether somebody could be reached, by *clock*."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        #: When to try again who could not be reached; ``None`` if they could.
        self._retry_at: float | None = None

    def ask(self, fetch: Callable[[], T]) -> T:
        """Return what *fetch* does, and remember if nobody was there."""
        try:
            answer = fetch()
        except (NoConnection, RateLimited):
            self._retry_at = self._clock() + RETRY_SECONDS
            raise
        self._retry_at = None
        return answer

    def is_on(self) -> bool:
        """Tell whether to leave them alone; who comes when it is over tries for all."""
        retry_at, now = self._retry_at, self._clock()
        if retry_at is None:
            return False
        if 0 < retry_at - now <= RETRY_SECONDS:
            return True
        self._retry_at = now + RETRY_SECONDS
        return False
