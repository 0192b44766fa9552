"""Managed sessions: whether AuthRocket (or a realm) still knows a session."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ..core.effects import SessionState
from ..errors import ConnectionError as NoConnection
from ..errors import RateLimited

if TYPE_CHECKING:
    from ..cache import Region
    from ..core.effects import NeedSession

T = TypeVar("T")

log = logging.getLogger("arware")

#: After nobody could tell, the next attempt waits so long, in seconds.
RETRY_SECONDS = 5.0

#: How long processes wait for the one that asks, in seconds.
LOCK_SECONDS = 10.0

#: Tells whether the session of an id still stands; raises if it cannot tell.
Fetch = Callable[[str], bool]


class Rest:
    """Leave alone for a while whom nobody could reach: each attempt may take long."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        #: When to try again who could not be reached; ``None`` if they could.
        self._retry_at: float | None = None

    def ask(self, fetch: Callable[[str], T], subject: str) -> T:
        """Return what *fetch* says of *subject*, and remember if nobody was there."""
        try:
            answer = fetch(subject)
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


class Sessions:
    """
    Ask for sessions, at most once each *max_age* seconds over all that share *region*.

    *fetch* does the asking; *place* tells entries of different realms apart.
    """

    def __init__(
        self,
        region: Region,
        fetch: Fetch,
        place: tuple[str, ...],
        clock: Callable[[], float],
    ) -> None:
        self._region = region
        self._fetch = fetch
        self._place = place
        self._clock = clock
        self._rest = Rest(clock)

    def ask(self, effect: NeedSession) -> SessionState:
        """Return what is known of the session; it may block."""

        def create() -> dict[str, Any]:
            active = self._rest.ask(self._fetch, effect.sid)
            return {"active": active, "at": self._clock()}

        key = self._key(effect.sid, effect.rid)
        try:
            if self._rest.is_on():
                found = self._region.get(key)
                if found is None:
                    return SessionState(None, effect.now + RETRY_SECONDS)
            else:
                found = self._region.get_or_create(
                    key, create, effect.max_age, LOCK_SECONDS
                )
            active, asked_at = bool(found["active"]), float(found["at"])
        except Exception as error:  # noqa: BLE001 - a realm's database has its own
            log.warning("a session could not be checked: %s", type(error).__name__)
            return SessionState(None, effect.now + RETRY_SECONDS)
        # Another process may have a clock that is fast.
        return SessionState(active, min(asked_at, effect.now) + effect.max_age)

    def forget(self, sid: str, rid: str) -> None:
        """Let go of what is known of the session, in every process."""
        self._region.delete(self._key(sid, rid))

    def _key(self, sid: str, rid: str | None) -> tuple[object, ...]:
        return ("session", *self._place, rid or "", sid)
