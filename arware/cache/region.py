"""
Regions of dogpile.cache: where adapters and clients keep what others may see too.

:func:`region` makes one from text, as an ini file holds it, with what dogpile's own
defaults leave open: JSON under HMAC in place of pickles, timeouts, locks that end,
and a memory backend that has a bound.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from copy import copy
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, TypeAlias

from arware.errors import ConfigurationError
from arware.fork import PerProcess

from .breaker import Breaker, invalid
from .creations import Creations, once
from .signing import Signer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .breaker import Lock

#: A text, or a tuple of what tells entries apart.
Key: TypeAlias = str | tuple[object, ...]

_MEMORY = "arware.memory"
#: What a region can be made of, by the name in a configuration.
_BACKENDS = {
    _MEMORY: "arware.cache.memory:BoundedMemory",
    "dogpile.cache.redis": "arware.cache.redis:TimedRedis",
    "dogpile.cache.pymemcache": "arware.cache.memcached:TimedMemcached",
}


def entry_key(*parts: object) -> str:
    """
    Return the key for what *parts*, texts and numbers, tell apart.

    It names none of them, and no two lists of parts share a key.
    """
    text = json.dumps([str(part) for part in parts], separators=(",", ":"))
    return "arware:1:" + hashlib.sha256(text.encode()).hexdigest()


class Region:
    """
    A place for values that JSON can hold; :func:`region` makes it.

    ``None`` stands for a miss and is never kept; each caller gets its own value.
    Entries are signed, each for its own key, and end when they were told to; unless
    it is :meth:`signed` with secrets no other region reads them. A store that is down
    or slow counts as empty for five seconds. Safe for threads and forks. It blocks, so
    it has no place on an event loop.
    """

    def __init__(
        self,
        breaker: Breaker,
        wall: Callable[[], float] = time.time,
    ) -> None:
        #: Whether other processes see the same entries.
        self.shared = breaker.shared
        self._breaker = breaker
        self._signer = Signer()
        self._wall = wall
        self._creations = PerProcess[Creations](dict)

    @property
    def resting(self) -> bool:
        """Whether the store counts as empty just now, after an error."""
        return self._breaker.resting

    @property
    def creations(self) -> Creations:
        """What is being created in this process just now."""
        return self._creations.get()

    def lock(self, key: Key) -> Lock | None:
        """Return a lock of *key* among all processes, ``None`` if there is none."""
        return self._breaker.lock(_named(key))

    def signed(self, secrets: Sequence[str]) -> Region:
        """Return a region over the same store, signed with *secrets*."""
        region = copy(self)
        region._signer = Signer(secrets)
        return region

    def get(self, key: Key) -> Any | None:
        """Return the value of *key*, or ``None``: absent, ended, forged, or resting."""
        name = _named(key)
        stored = self._breaker.get(name)
        entry = None if stored is None else self._signer.read(stored)
        if entry is None:
            return None
        kept_for, until, value = entry
        return value if kept_for == name and self._wall() < until else None

    def set(self, key: Key, value: Any, seconds: float) -> bool:
        """Store *value* for *seconds*; tell whether it was stored."""
        name = _named(key)
        signed = self._signer.sign([name, self._wall() + seconds, value])
        return self._breaker.set(name, signed, seconds)

    def get_or_create(
        self,
        key: Key,
        creator: Callable[[], Any],
        seconds: float,
        lock_timeout: float = 10.0,
        *,
        force: bool = False,
    ) -> Any:
        """
        Return the value of *key*, or what *creator* makes, which is then stored.

        One caller creates, in this process and, where the region is shared, in all;
        others wait, at most *lock_timeout* seconds, and then create for themselves.
        What *creator* raises is raised, to all who wait in this process, and nothing
        is stored. With *force* it is called in any case.
        """
        name = _named(key)

        def create() -> Any:
            value = creator()
            self.set(name, value, seconds)
            return value

        def create_in_turn() -> Any:
            with self._breaker.turn(
                name, lock_timeout, lambda: self.get(name)
            ) as found:
                return create() if found is None else found

        if force:
            return create()
        value = self.get(name)
        if value is not None:
            return value
        brought, value = once(self.creations, name, create_in_turn, lock_timeout)
        return value if brought else create()


def region(
    configuration: Mapping[str, Any] | None = None,
    *,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = time.time,
) -> Region:
    """
    Make a region from *configuration*; no other is taken.

    ``backend`` is ``arware.memory``, which is the default, ``dogpile.cache.redis`` or
    ``dogpile.cache.pymemcache``; ``arguments.url`` and other ``arguments.*`` are the
    backend's. An adapter or a client that is given the region signs with its own
    secrets. Nothing is connected yet. Raises
    :class:`~arware.errors.ConfigurationError` for what cannot work.
    """
    backend, arguments = _read({} if configuration is None else configuration)
    breaker = Breaker(
        lambda: resolve_name(_BACKENDS[backend])(arguments),
        shared=backend != _MEMORY,
        clock=clock,
    )
    try:
        breaker.open()
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 - each backend has its own complaints
        reason = getattr(error, "name", None) or type(error).__name__
        raise invalid(
            f"the backend {backend!r} cannot be made ({reason})",
            "Give its arguments.url, and install arware[redis] or arware[memcached]",
        ) from None
    return Region(breaker, wall)


def guarded(cache: Any, secrets: Sequence[str]) -> Region:
    """
    Return the region for *cache*, as the settings hold it, signed with *secrets*.

    That is a region, its configuration, or ``None`` for memory. Raises
    :class:`~arware.errors.ConfigurationError` for anything else.
    """
    made = cache if isinstance(cache, Region) else region(cache)
    return made.signed(secrets)


def probe(region: Region) -> str | None:
    """
    Return what is wrong with the store of *region*, ``None`` if nothing is.

    An entry is written, read and left to its end; it takes half a second at most.
    """
    mark = secrets.token_hex(16)
    region.set(("probe", mark), mark, 60)
    if region.get(("probe", mark)) == mark:
        return None
    if region.resting:
        return f"its store is down or slow ({region._breaker.reason})"
    return "its store does not return what was put into it"


def _read(configuration: object) -> tuple[str, dict[str, Any]]:
    """Return the backend's name and arguments in *configuration*."""
    if not isinstance(configuration, Mapping):
        raise invalid(
            f"a {type(configuration).__name__} is not a region that arware made",
            "Make one with arware.cache.region(...), or give its configuration",
        )
    # Here, so that who needs no region does not wait for what dogpile imports.
    from dogpile.cache.util import coerce_string_conf

    values = coerce_string_conf(dict(configuration)) if configuration else {}
    backend = values.pop("backend", _MEMORY)
    arguments = dict(values.pop("arguments", None) or {})
    for name, value in values.items():
        prefix, _, argument = str(name).partition(".")
        if prefix != "arguments" or not argument:
            fix = "Give backend and arguments.*, like arguments.url"
            raise invalid(f"it has no setting {name!r}", fix)
        arguments[argument] = value
    if backend not in _BACKENDS:
        fix = "Take one of " + ", ".join(_BACKENDS)
        raise invalid(f"there is no backend {backend!r}", fix)
    return backend, arguments


def _named(key: Key) -> str:
    return key if isinstance(key, str) else entry_key(*key)
