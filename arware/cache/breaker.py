"""A store that is down or slow costs time, and not for every request."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from arware.errors import ConfigurationError
from arware.fork import PerProcess
from arware.settings import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

log = logging.getLogger("arware.cache")

#: An answer slower than this opens the breaker, in seconds.
SLOW = 0.25
#: How long the store then counts as empty, in seconds.
REST = 5.0
#: The largest value that is stored, in bytes; memcached takes no more.
LARGEST = 1_000_000
#: The longest that a store is told to keep an entry, in seconds; memcached takes more
#: for a date.
LONGEST = 30 * 24 * 3600
#: A lock that is held for longer is another's, for its holder may be dead: as long as
#: a check of a session may take, in seconds. One more call is the price if it is not.
LOCK_SECONDS = 5
#: How often who waits for another process looks again, in seconds.
POLL_SECONDS = 0.05


class Breaker:
    """
    The store that *make* opens, in each process anew.

    It is a backend of dogpile's with two methods more: ``keep(key, value, seconds)``,
    which returns ``True``, and ``hang_up()``, which closes the kept connections. Any
    error, and any answer that takes longer than a quarter of a second, makes the store
    count as empty for five seconds. *shared* tells whether other processes see the
    same entries. Safe for threads.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        *,
        shared: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.shared = shared
        #: Why it last began to rest.
        self.reason = ""
        self._backend = PerProcess(make)
        self._clock = clock
        self._down_until = float("-inf")

    @property
    def resting(self) -> bool:
        """Whether the store counts as empty just now, after an error."""
        return self._clock() < self._down_until

    def open(self) -> None:
        """Open the store; raises whatever speaks against it."""
        self._backend.get()

    def get(self, key: str) -> bytes | None:
        """Return what is stored under *key*; ``None`` too for what is not bytes."""
        found = self.tried(lambda backend: backend.get_serialized(key))
        return found if isinstance(found, bytes) else None

    def set(self, key: str, value: bytes, seconds: float) -> bool:
        """Store *value*, of use for *seconds*; tell whether it was stored."""
        if len(value) > LARGEST:
            return False
        whole = int(min(seconds, LONGEST - 1)) + 1
        return self.tried(lambda backend: backend.keep(key, value, whole)) is True

    @contextmanager
    def turn(
        self, key: str, seconds: float, look: Callable[[], Any | None]
    ) -> Iterator[Any | None]:
        """
        Wait for the turn of *key* among all processes; yield what *look* finds then.

        Whoever has waited *seconds* in vain, or finds the store down, goes on without.
        """
        lock = self.lock(key)
        until = self._clock() + seconds
        while True:
            held = lock is not None and lock.take()
            # Between the caller's look and this one somebody may have finished.
            found = look()
            in_vain = self.resting or self._clock() >= until
            if lock is None or held or found is not None or in_vain:
                break
            time.sleep(POLL_SECONDS)
        try:
            yield found
        finally:
            if lock is not None:
                lock.release()

    def lock(self, key: str) -> Lock | None:
        """Return a lock of *key* among all processes, ``None`` if there is none."""
        if not self.shared:
            return None
        mutex = self.tried(lambda backend: backend.get_mutex(key))
        return None if mutex is None else Lock(self, mutex)

    def tried(self, action: Callable[[Any], Any]) -> Any | None:
        """Return what *action* returns; ``None`` at an error, or at rest."""
        if self.resting:
            return None
        began = self._clock()
        try:
            found = action(self._backend.get())
        except Exception as error:  # noqa: BLE001 - each client has its own errors
            self._rest(type(error).__name__)
            return None
        # Memory is slow only where everything is.
        if self.shared and self._clock() - began > SLOW:
            self._rest("it is slow")
        return found

    def _rest(self, reason: str) -> None:
        self.reason = reason
        self._down_until = self._clock() + REST
        # If one connection is dead others are, and each would have us rest once more.
        with suppress(Exception):
            self._backend.get().hang_up()
        log.warning("the cache counts as empty for %.0f s: %s", REST, reason)


class Lock:
    """
    A *mutex* of a store, for one caller to take and let go of once.

    Who is cancelled while a thread takes it need not know whether it did: after
    :meth:`release` it is not held. Safe for threads.
    """

    def __init__(self, breaker: Breaker, mutex: Any) -> None:
        self._breaker = breaker
        self._mutex = mutex
        self._one_at_a_time = threading.Lock()
        self._held = self._released = False

    def take(self) -> bool:
        """Take it, and tell whether it was free."""
        with self._one_at_a_time:
            if not self._released:
                taken = self._breaker.tried(lambda _: self._mutex.acquire(False))
                self._held = bool(taken)
            return self._held

    def release(self) -> None:
        """Let go of it, if it is held, and never take it again."""
        with self._one_at_a_time:
            held, self._held, self._released = self._held, False, True
            if held:
                # It ends by itself if its own time is over, or the store is down.
                with suppress(Exception):
                    self._mutex.release()


def invalid(problem: str, fix: str) -> ConfigurationError:
    """Return the error that tells what is wrong with the setting ``cache``."""
    return ConfigurationError([Fault("cache", None, problem, fix)])
