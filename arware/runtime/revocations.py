"""The logins that were logged out before their token ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from arware.fork import PerProcess

from .threads import started

if TYPE_CHECKING:
    from arware.cache import Region

log = logging.getLogger("arware")

#: How many revoked logins of one session are remembered; beyond, all of it is over.
MOST_LOGINS = 100

#: How many ids a process remembers before it looks for dead ones.
SWEEP_AT = 10_000

#: How long after a region did not take a revocation it is tried again, in seconds.
RETRY_SECONDS = 1.0

#: How long a revocation outlives its token, in seconds: longer than any leeway.
GRACE_SECONDS = 120


class _Queue:
    """What a process has yet to tell others; its parent tells them of its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.untold: dict[str, float] = {}
        self.is_running = False


class Revocations:
    """
    The logins that are over, by their random ids, until their tokens would have ended.

    This process knows its own at once; others learn of them through *region* if it is
    shared. If it is down, it is tried again until it takes them. Of a session with more
    than 100 revoked logins its ``sid`` is revoked as a whole, so that what is
    remembered is bounded. A login that is revoked again counts once.
    """

    def __init__(self, region: Region | None, clock: Callable[[], float]) -> None:
        self._region = region if region is not None and region.shared else None
        self._clock = clock
        #: Whether other processes may know of more.
        self.shared = self._region is not None
        #: Until when the ids of logins and of whole sessions are revoked.
        self.known: dict[str | None, float] = {}
        self._by_session: dict[str, set[str]] = {}
        self._sweep_at = SWEEP_AT
        self._queue = PerProcess(_Queue)

    def revoke(self, login_id: str, sid: str, until: float) -> None:
        """Revoke at once here, and elsewhere without anybody waiting for it."""
        for id_ in self._remember(login_id, sid, until):
            self._send(id_, until)

    def ask(self, login_id: str, sid: str) -> bool:
        """
        Look in the region whether the login, or its session, is revoked.

        It may block. A region that fails knows of nothing.
        """
        if self._region is None:
            return False
        for id_ in filter(None, (login_id, sid)):
            until = self._region.get(("revoked", id_))
            if isinstance(until, int | float):
                with self._queue.get().lock:
                    self._keep(id_, until)
                return True
        return False

    # --- Here ----------------------------------------------------------------------

    def _remember(self, login_id: str, sid: str, until: float) -> list[str]:
        """Keep that the login is over; return the ids that others should know."""
        with self._queue.get().lock:
            if max(self.known.get(id_, 0.0) for id_ in (login_id, sid)) >= until:
                return []
            self._keep(login_id, until)
            if not sid:
                return [login_id]
            logins = self._by_session.setdefault(sid, set())
            logins.add(login_id)
            if len(logins) <= MOST_LOGINS:
                return [login_id]
            self._revoke_session(sid)
            return [login_id, sid]

    def _revoke_session(self, sid: str) -> None:
        logins = self._by_session.pop(sid)
        # The session before its logins go: readers hold no lock.
        self.known[sid] = max(self.known.get(login_id, 0.0) for login_id in logins)
        for login_id in logins:
            self.known.pop(login_id, None)

    def _keep(self, id_: str, until: float) -> None:
        """Remember *id_*; who calls it holds the lock."""
        self.known[id_] = until
        if len(self.known) >= self._sweep_at:
            self._sweep()

    def _sweep(self) -> None:
        dead = self._clock() - GRACE_SECONDS
        # In place: readers hold on to this very mapping.
        for id_, until in self.known.copy().items():
            if until <= dead:
                self.known.pop(id_, None)
        self._by_session = {
            sid: kept
            for sid, logins in self._by_session.items()
            if (kept := logins & self.known.keys())
        }
        # All that are left live, so it is not worth looking again at once.
        self._sweep_at = max(SWEEP_AT, 2 * len(self.known))

    # --- Elsewhere -----------------------------------------------------------------

    def _send(self, id_: str, until: float) -> None:
        """Have others told, by a thread that ends when it has no more to tell."""
        if self._region is None:
            return
        queue = self._queue.get()
        with queue.lock:
            queue.untold[id_] = until
            if queue.is_running:
                return
            queue.is_running = True
        work = threading.Thread(
            target=self._run, args=(queue,), name="arware-revocations", daemon=True
        )
        if not started(work.start):
            queue.is_running = False  # the next revocation has this one told too

    def _run(self, queue: _Queue) -> None:
        while True:
            with queue.lock:
                untold = queue.untold.copy()
            for id_, until in untold.items():
                if self._tell(id_, until):
                    queue.untold.pop(id_, None)
            with queue.lock:
                if not queue.untold:
                    queue.is_running = False
                    return
            time.sleep(RETRY_SECONDS)

    def _tell(self, id_: str, until: float) -> bool:
        """Return whether it is told, or nobody need hear of it."""
        try:
            seconds = until - self._clock() + GRACE_SECONDS
            if seconds <= 0 or self._region is None:
                return True
            return self._region.set(("revoked", id_), until, seconds)
        except Exception:
            # The thread goes on to the next one.
            log.exception("other processes were not told of a logout")
            return True
