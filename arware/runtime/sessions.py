"""Managed sessions: whether AuthRocket, or a realm, still knows a session."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from arware.core.effects import NeedSession, SessionState
from arware.core.verdict import CLOCK_STEP
from arware.errors import Error

from .backoff import RETRY_SECONDS, Backoff
from .handlers import Handler

if TYPE_CHECKING:
    from arware.api.lazy import LazyClient
    from arware.cache import Region
    from arware.settings import Settings

log = logging.getLogger("arware")

#: How long processes wait for the one that asks, in seconds.
LOCK_SECONDS = 10.0


class _Sessions(Handler[NeedSession, SessionState]):
    seconds = 30.0

    def timeout(self, effect: NeedSession) -> SessionState:
        """Tell that nobody could tell."""
        return SessionState(None, effect.now + RETRY_SECONDS)

    def _unknown(self, effect: NeedSession, error: Exception) -> SessionState:
        log.warning("a session could not be checked: %s", type(error).__name__)
        return self.timeout(effect)


class RealmSessions(_Sessions):
    """Ask a *realm* in this very process."""

    def __init__(self, realm: Any) -> None:
        super().__init__()
        self._realm = realm

    def answer(self, effect: NeedSession) -> SessionState:
        """Return what the realm knows of the session; it may block."""
        try:
            active = bool(self._realm.is_session_active(effect.sid))
        except Exception as error:  # noqa: BLE001 - a realm's database has its own
            return self._unknown(effect, error)
        return SessionState(active, effect.now + effect.max_age)


class ApiSessions(_Sessions):
    """
    Ask the API, at most once each *max_age* seconds over all that share *region*.

    *client* makes the call; *clock* returns seconds since the epoch.
    """

    def __init__(
        self,
        settings: Settings,
        client: LazyClient,
        region: Region,
        clock: Callable[[], float],
    ) -> None:
        super().__init__()
        # It tells entries of different realms apart.
        self._place = (settings.url or "", settings.realm or "")
        self._client = client
        self._region = region
        self._clock = clock
        self._backoff = Backoff(clock)

    def answer(self, effect: NeedSession) -> SessionState:
        """Return what is known of the session; it may block."""

        def create() -> dict[str, Any]:
            active = self._backoff.ask(lambda: self._is_active(effect.sid))
            return {"active": active, "at": self._clock()}

        key = ("session", *self._place, effect.rid or "", effect.sid)
        age = effect.max_age
        try:
            found = self._region.get(key)
            # The clock was set back, and with it the end of the entry.
            ahead = found is not None and found["at"] > effect.now + CLOCK_STEP
            if self._backoff.is_on():
                if found is None or ahead:
                    return self.timeout(effect)
            elif found is None or ahead:
                found = self._region.get_or_create(
                    key, create, age, LOCK_SECONDS, force=ahead
                )
            active, asked_at = bool(found["active"]), float(found["at"])
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody could tell
            return self._unknown(effect, error)
        # Another process may have a clock that is fast.
        return SessionState(active, min(asked_at, effect.now) + age)

    def _is_active(self, sid: str) -> bool:
        found = self._client.sessions.retrieve(sid)
        # An answer that names no session, as one with errors, proves nothing.
        if found is not None and found.id != sid:
            raise Error("the API's answer is not the session that was asked for")
        return found is not None
