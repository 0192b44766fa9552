"""
What is remembered between requests: keys, and logins that are over.

Key sets stay in this process's memory: whoever could write to a shared cache could mint
users. Revocations go through a region, which may be shared.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..cache import region
from ..errors import KeysUnavailable
from ..fork import in_each_process
from ..tokens.keys import KeySet
from .downloads import SECONDS, download_keys
from .retry_queue import RetryQueue

if TYPE_CHECKING:
    from ..cache import Region
    from ..core.effects import NeedKeys, NeedRevocation, NeedRevoke

__all__ = ["FixedKeys", "KeyStore", "Revocations", "region"]

log = logging.getLogger("arware")

#: After so many seconds the set is downloaded anew, in the background: 80 % of ten
#: minutes, so that a key that was withdrawn is gone before ten minutes are over.
REFRESH_SECONDS = 480

#: How long the last good set serves while no newer one can be had, in seconds.
STALE_SECONDS = 24 * 3600

#: The least time between two attempts, successful or not, in seconds.
ATTEMPT_SECONDS = 30


class FixedKeys:
    """The one configured key; nothing is ever downloaded."""

    by_kid = False

    def __init__(self, keys: KeySet) -> None:
        self._keys = keys

    def peek(self, now: float) -> KeySet:  # noqa: ARG002 - it does not age
        """Return the set."""
        return self._keys


@dataclass(frozen=True, slots=True)
class _Held:
    keys: KeySet
    body: bytes
    fetched_at: float
    refresh_at: float
    attempt: int


class KeyStore:
    """
    The key set at *url*, downloaded when it is needed and kept fresh.

    Readers never wait for a download of keys that they do not effect, and never hold a
    lock: what is known is one immutable value that a download replaces. There
    is at most one download under way and one attempt each 30 seconds.
    """

    by_kid = True

    def __init__(
        self,
        url: str,
        clock: Callable[[], float],
        download: Callable[[str], tuple[bytes, KeySet]] = download_keys,
    ) -> None:
        self.url = url
        self._clock = clock
        self._download = download
        self._held: _Held | None = None
        self._attempts = 0
        in_each_process(self._begin_anew)

    def _begin_anew(self) -> None:
        """Forget what is under way: after a fork nobody is left to finish it."""
        self._lock = threading.Lock()
        self._under_way: Future[KeySet | None] | None = None
        self._attempted_at: float | None = None

    def peek(self, now: float) -> KeySet | None:
        """
        Return the set at hand, ``None`` without one or when it is a day old.

        It never waits; a set that ages has its successor fetched in the background.
        """
        held = self._held
        if held is None:
            return None
        if now >= held.refresh_at:
            self._begin(now)
            if now - held.fetched_at > STALE_SECONDS:
                return None
        return held.keys

    def ask(self, effect: NeedKeys) -> Future[KeySet | None]:
        """
        Return the future of a set that may hold the key *effect* asks for.

        It is done at once unless a download can help: the caller waits only for one
        that it began itself, or when there is no set at all.
        """
        keys = self.peek(effect.now)
        if keys is not None and keys.find(effect.kid):
            return _done(keys)
        if keys is None:
            under_way = self._begin(effect.now) or self._under_way
            return _done(self.peek(effect.now)) if under_way is None else under_way
        return self._begin(effect.now) or _done(keys)

    def _begin(self, now: float) -> Future[KeySet | None] | None:
        """Begin a download; ``None`` if one is under way or was tried just now."""
        with self._lock:
            last = self._attempted_at
            # Who read the clock earlier may well come later. One that was set back
            # by more does not stop downloads.
            if last is not None and abs(now - last) < ATTEMPT_SECONDS:
                return None
            # One that hangs has given up waiting by now, whatever its socket does.
            self._attempted_at = now
            future: Future[KeySet | None] = Future()
            self._under_way = future
            self._attempts += 1
            attempt = self._attempts
        worker = threading.Thread(
            target=self._work,
            args=(future, attempt, now),
            name="arware-keys",
            daemon=True,
        )
        worker.start()
        return future

    def _work(self, future: Future[KeySet | None], attempt: int, now: float) -> None:
        keys: KeySet | None = None
        try:
            keys = self._replace(attempt, *self._download(self.url), now)
        except KeysUnavailable as error:
            log.warning("the key set was not refreshed: %s", error)
            keys = self.peek_held(now)
        except Exception:
            log.exception("the key set was not refreshed")
            keys = self.peek_held(now)
        finally:
            with self._lock:
                if self._under_way is future:
                    self._under_way = None
            future.set_result(keys)

    def peek_held(self, now: float) -> KeySet | None:
        """Return the set at hand if it is not too old, without refreshing it."""
        held = self._held
        if held is None or now - held.fetched_at > STALE_SECONDS:
            return None
        return held.keys

    def _replace(self, attempt: int, body: bytes, keys: KeySet, now: float) -> KeySet:
        """Put *keys* in the place of the old ones, for all readers at once."""
        held = self._held
        if held is not None and held.attempt > attempt:
            return held.keys  # it took so long that a later attempt was faster
        if held is not None and held.body == body:
            keys = held.keys  # the same document: verdicts stay good
        else:
            for problem in keys.problems:
                log.warning("in the key set, %s", problem)
        # Spread, so that the processes of a fleet do not all ask at once.
        refresh_at = now + REFRESH_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311
        self._held = _Held(keys, body, now, refresh_at, attempt)
        return keys


def _done(keys: KeySet | None) -> Future[KeySet | None]:
    future: Future[KeySet | None] = Future()
    future.set_result(keys)
    return future


#: How long anybody waits for keys, in seconds.
WAIT_SECONDS = SECONDS


# --- Revocations -------------------------------------------------------------------

#: How many revoked logins a process remembers before it looks for dead ones.
_SWEEP_AT = 10_000


class Revocations:
    """
    The logins that were logged out before their token ended.

    This process knows its own at once; others learn of them through *region* if it is
    shared. What is kept is the login's random id, until its token would have
    ended anyway.
    """

    def __init__(self, region: Region | None, clock: Callable[[], float]) -> None:
        self._region = region if region is not None and region.shared else None
        self._clock = clock
        self._here: dict[str, float] = {}
        self._sweep_at = _SWEEP_AT
        self._retry_queue = RetryQueue(self._tell, clock)
        #: Whether other processes may know of more.
        self.shared = self._region is not None

    def is_revoked(self, login_id: str | None) -> bool:
        """Tell whether this process knows the login as revoked; ``None`` is none."""
        return login_id in self._here

    def revoke(self, login_id: str, until: float) -> None:
        """Revoke at once here, and elsewhere without anybody waiting for it."""
        self._remember(login_id, until)
        if self._region is not None:
            self._retry_queue.send(login_id, until)

    def ask(self, effect: NeedRevocation) -> bool:
        """Look in the region. It may block; a region that fails knows of nothing."""
        if self._region is None:
            return self.is_revoked(effect.login_id)
        until = self._region.get(self._key(effect.login_id))
        if not isinstance(until, int | float):
            return False
        self._remember(effect.login_id, until)
        return True

    def tell(self, effect: NeedRevoke) -> None:
        """
        Revoke here and in the region, which may block.

        A region that is down just now is told when it is back.
        """
        self._remember(effect.login_id, effect.until)
        if self._region is not None and not self._tell(effect.login_id, effect.until):
            self._retry_queue.send(effect.login_id, effect.until)

    def _tell(self, login_id: str, until: float) -> bool:
        if self._region is None:
            return True
        seconds = max(1.0, until - self._clock() + 60)
        return self._region.set(self._key(login_id), until, seconds)

    def _remember(self, login_id: str, until: float) -> None:
        self._here[login_id] = until
        if len(self._here) >= self._sweep_at:
            self._sweep()

    def _sweep(self) -> None:
        # A minute's grace covers the leeway that an expired token still enjoys.
        dead = self._clock() - 60
        # In place: what another thread adds meanwhile must not get lost.
        for login_id, until in self._here.copy().items():
            if until <= dead:
                self._here.pop(login_id, None)
        # Of those that live none can go, so it is not worth looking again at once.
        self._sweep_at = max(_SWEEP_AT, 2 * len(self._here))

    @staticmethod
    def _key(login_id: str) -> tuple[Any, ...]:
        return ("revoked", login_id)
