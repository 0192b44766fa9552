"""Backoff: a service that could not be reached is left alone for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from arware.errors import ConnectionError as NoConnection
from arware.errors import RateLimited

T = TypeVar("T")

#: How long, in seconds: each attempt may take long.
RETRY_SECONDS = 5.0


class Backoff:
    """Remember whether a service could be reached, by *clock*."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        #: When to try it again; ``None`` if it could be reached.
        self._retry_at: float | None = None

    def ask(self, fetch: Callable[[], T]) -> T:
        """Return what *fetch* does, and remember if it could not reach the service."""
        try:
            answer = fetch()
        except (NoConnection, RateLimited):
            self._retry_at = self._clock() + RETRY_SECONDS
            raise
        self._retry_at = None
        return answer

    def is_on(self) -> bool:
        """Tell whether to leave it alone; whoever is first after that tries for all."""
        retry_at, now = self._retry_at, self._clock()
        if retry_at is None:
            return False
        if 0 < retry_at - now <= RETRY_SECONDS:
            return True
        self._retry_at = now + RETRY_SECONDS
        return False
