"""
A region behind a authenticator: a cache that is down, slow or lying costs time, nothing else.

:class:`Region` wraps a dogpile region. Any error, and any answer that takes longer
than a quarter of a second, makes it count as empty for five seconds. Its values are
signed, each for its own key, and end when they were told to.
"""

from __future__ import annotations

import copy
import hashlib
import json
import logging
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from ..fork import in_each_process
from .signing import Signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

log = logging.getLogger("arware.cache")

#: An answer slower than this opens the breaker, in seconds.
SLOW = 0.25
#: How long the region then counts as empty, in seconds.
REST = 5.0
#: The largest value that is stored, in bytes; memcached takes no more.
LARGEST = 1_000_000
#: The longest that a store is told to keep an entry, in seconds.
LONGEST = 30 * 24 * 3600
#: How often who waits for another process looks again, in seconds.
_LOOK = 0.05
#: What ends earlier may have ended before they look, in seconds.
_SOON = 1.0
#: How long it can be seen that somebody created nothing; they look before, in seconds.
_TOLD = 60.0


def entry_key(*parts: object) -> str:
    """
    Return the key for what *parts*, texts and numbers, tell apart.

    It names none of them, and no two lists of parts share a key.
    """
    text = json.dumps([str(part) for part in parts], separators=(",", ":"))
    return "arware:1:" + hashlib.sha256(text.encode()).hexdigest()


def _failure_key(key: str) -> str:
    """Return where those who wait learn that nothing came of the creation of *key*."""
    return entry_key("failed", key)


class Unstored(Exception):
    """
    A creator raises it to return *value*, which nobody changes, without storing it.

    Those who wait for the creator are given it, too.
    """

    def __init__(self, value: Any) -> None:
        super().__init__("not stored")
        self.value = value


class _Flight:
    """One creation under way, and what gives those who wait what came of it."""

    __slots__ = ("done", "outcome")

    def __init__(self) -> None:
        self.done = threading.Event()
        self.outcome: Callable[[], Any] | None = None


class _Turn:
    """A look at an entry, and the creation after it: what was found, what is kept."""

    __slots__ = ("found", "is_kept")

    def __init__(self, found: Any | None) -> None:
        self.found = found
        self.is_kept = False


def _value_in(text: str) -> Callable[[], Any]:
    return lambda: json.loads(text)


def _raising(error: Exception) -> Callable[[], Any]:
    """Return what raises *error*, for each thread one of its own if that can be."""

    def outcome() -> Any:
        try:
            own = copy.copy(error)
        except Exception:  # noqa: BLE001 - it takes what a copy does not know
            own = error
        raise own

    return outcome


def _named(key: str | tuple[object, ...]) -> str:
    return key if isinstance(key, str) else entry_key(*key)


class Region:
    """
    A guarded dogpile *region*, whose values are signed with *secrets*.

    *shared* tells whether other processes see the same entries. Values are what JSON
    can hold, but never ``None``, which stands for a miss; each caller gets its own.
    A key is a text, or a tuple of what tells entries apart.
    Safe for threads. It blocks, so it has no place on an event loop.
    """

    def __init__(
        self,
        region: Any,
        secrets: Sequence[str] = (),
        *,
        shared: bool = True,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.shared = shared
        self._region = region
        self._seal = Signer(secrets)
        self._clock = clock
        self._wall = wall
        self._down_until = float("-inf")
        in_each_process(self._begin_anew)

    def _begin_anew(self) -> None:
        # What is under way only threads of the parent process would finish.
        self._flights: dict[str, _Flight] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"Region(shared={self.shared}, resting={self.resting})"

    @property
    def resting(self) -> bool:
        """Whether the region counts as empty just now, after an error."""
        return self._clock() < self._down_until

    def get(self, key: str | tuple[object, ...]) -> Any | None:
        """Return the value of *key*, or ``None``: absent, ended, forged, or resting."""
        key = _named(key)
        stored = self._tried(self._region.get, key)
        if stored is None:
            return None
        entry = self._seal.open(stored)
        if not isinstance(entry, dict) or entry.get("key") != key:
            return None
        until = entry.get("until")
        if not isinstance(until, int | float) or until <= self._wall():
            return None
        return entry.get("value")

    def set(self, key: str | tuple[object, ...], value: Any, seconds: float) -> bool:
        """Store *value* for *seconds*; tell whether it was stored."""
        key = _named(key)
        entry = {"key": key, "until": self._wall() + seconds, "value": value}
        signed = self._seal.close(entry).decode()
        # As the store gets it: a text in JSON, with all quotes escaped once more.
        if len(json.dumps(signed)) > LARGEST or self.resting:
            return False
        self._tried(self._region.set, key, signed)
        self._let_expire(key, seconds)
        return not self.resting

    def delete(self, key: str | tuple[object, ...]) -> None:
        """Remove *key*, if it is there."""
        self._tried(self._region.delete, _named(key))

    def get_or_create(
        self,
        key: str | tuple[object, ...],
        creator: Callable[[], Any],
        seconds: float,
        lock_timeout: float = 10.0,
        *,
        force: bool = False,
    ) -> Any:
        """
        Return the value of *key*, or what *creator* makes, which is then stored.

        One caller creates, in this process and, where the region has locks, in all;
        others wait, at most *lock_timeout* seconds, and then create for themselves.
        What *creator* raises is raised, to all who wait in this process, and nothing
        is stored; other processes then create for themselves, all at once. With
        *force* it is called in any case.
        """
        key = _named(key)
        if force:
            return self._created(key, creator, seconds, None)[0]
        value = self.get(key)
        if value is not None:
            return value
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = _Flight()
        if not leads:
            flight.done.wait(lock_timeout)
            if flight.outcome is not None:
                return flight.outcome()
            return self._created(key, creator, seconds, None)[0]
        try:
            return self._lead(key, creator, seconds, lock_timeout, flight)
        finally:
            with self._lock:
                self._flights.pop(key, None)
            flight.done.set()

    # --- Inside --------------------------------------------------------------------

    def _lead(
        self,
        key: str,
        creator: Callable[[], Any],
        seconds: float,
        lock_timeout: float,
        flight: _Flight,
    ) -> Any:
        with self._alone(key, lock_timeout) as turn:
            found = turn.found
            if found is not None:
                flight.outcome = _value_in(json.dumps(found))
                return found
            value, turn.is_kept = self._created(key, creator, seconds, flight)
            return value

    def _created(
        self,
        key: str,
        creator: Callable[[], Any],
        seconds: float,
        flight: _Flight | None,
    ) -> tuple[Any, bool]:
        """Return what *creator* makes, and whether others can find it in the store."""
        flight = flight or _Flight()
        try:
            value = creator()
        except Unstored as unstored:
            flight.outcome = partial(getattr, unstored, "value")
            return unstored.value, False
        except Exception as error:
            flight.outcome = _raising(error)
            raise
        flight.outcome = _value_in(json.dumps(value))
        return value, self.set(key, value, seconds) and seconds >= _SOON

    @contextmanager
    def _alone(self, key: str, lock_timeout: float) -> Iterator[_Turn]:
        """
        Hold the lock that all processes share for *key*; yield what appeared meanwhile.

        A lock that cannot be had in time is not waited for any longer. Nor is one whose
        holder got nothing: those who wait would otherwise get it one after another,
        each to find as little.
        """
        lock = self._shared_lock(key)
        # Between our look and our turn somebody may have finished.
        turn = _Turn(self.get(key))
        held = False
        if lock is not None and turn.found is None:
            held = self._waited_for(lock, key, turn, self._clock() + lock_timeout)
        try:
            yield turn
        finally:
            if held and lock is not None:
                if turn.found is None and not turn.is_kept:
                    self.set(_failure_key(key), secrets.token_hex(8), _TOLD)
                self._released(lock)

    def _waited_for(self, lock: Any, key: str, turn: _Turn, until: float) -> bool:
        """Tell whether *lock* was had by *until*; *turn* is told what was found."""
        failure: Any = None
        waits = 0
        while not self.resting:
            held = bool(self._tried(lock.acquire, False))
            turn.found = self.get(key)
            if held or turn.found is not None or self._clock() >= until:
                return held
            said = self.get(_failure_key(key))
            if waits and said != failure:
                break
            failure = said
            waits += 1
            time.sleep(_LOOK)
        return False

    def _shared_lock(self, key: str) -> Any | None:
        backend = getattr(self._region, "actual_backend", None)
        if not self.shared or backend is None or self.resting:
            return None
        return self._tried(backend.get_mutex, key)

    def _released(self, lock: Any) -> None:
        try:
            lock.release()
        except Exception as error:  # noqa: BLE001 - each client has its own errors
            # The lock's own time was over, or the store is down: it ends by itself.
            log.debug("a lock could not be given back: %s", type(error).__name__)

    def _let_expire(self, key: str, seconds: float) -> None:
        """Tell a Redis when to forget *key*; memcached and memory push out the old."""
        backend = getattr(self._region, "actual_backend", None)
        expire = getattr(getattr(backend, "writer_client", None), "expire", None)
        if expire is not None:
            self._tried(expire, key, int(min(seconds, LONGEST)) + 1)

    def _tried(self, action: Callable[..., Any], *args: Any) -> Any | None:
        """Return what *action* returns; ``None`` for a miss, an error, or at rest."""
        if self.resting:
            return None
        began = self._clock()
        try:
            found = action(*args)
        except ValueError:
            # Bytes that are no entry of dogpile's: it raises what json does.
            return None
        except Exception as error:  # noqa: BLE001 - each client has its own errors
            self._rest(type(error).__name__)
            return None
        # Memory is slow only where everything is.
        if self.shared and self._clock() - began > SLOW:
            self._rest("it is slow")
        return None if _is_miss(found) else found

    def _rest(self, reason: str) -> None:
        self._down_until = self._clock() + REST
        self._hang_up()
        log.warning("the cache counts as empty for %.0f s: %s", REST, reason)

    def _hang_up(self) -> None:
        """
        Let go of the connections that are kept.

        If one is dead others are, and each would have the region rest once more.
        """
        backend = getattr(self._region, "actual_backend", None)
        pool = getattr(getattr(backend, "writer_client", None), "connection_pool", None)
        with suppress(Exception):
            if pool is not None:
                pool.disconnect(inuse_connections=False)
            elif backend is not None and hasattr(backend, "hang_up"):
                backend.hang_up()


def _is_miss(found: object) -> bool:
    # dogpile's NO_VALUE, without importing it: it is falsy and of its own class.
    return type(found).__name__ == "NoValue"
