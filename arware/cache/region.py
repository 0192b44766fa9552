"""
Regions of dogpile.cache: where adapters and clients keep what others may see too.

:func:`region` makes one from text, as an ini file holds it, with what dogpile's own
defaults leave open: JSON under HMAC in place of pickles, timeouts, locks that end,
and a memory backend that has a bound.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from dogpile.cache import register_backend
from dogpile.cache.api import NO_VALUE, BytesBackend, CantDeserializeException
from dogpile.cache.backends.memcached import PyMemcacheBackend
from dogpile.cache.region import CacheRegion
from dogpile.cache.util import coerce_string_conf

from ..errors import ConfigurationError
from ..fork import in_each_process
from ..settings import Fault
from .breaker import LONGEST, SLOW, Region, Unstored, entry_key
from .signing import Signer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Region", "Unstored", "entry_key", "guarded", "region"]

#: What lives in this process only, so that no other sees it.
_PRIVATE = frozenset(("BoundedMemory", "MemoryBackend", "MemoryPickleBackend"))
#: A lock that is held for longer is another's, for its holder may be dead: as long as
#: a check of a session may take, in seconds. One more call is the price if it is not.
_LOCK_SECONDS = 5


def region(
    configuration: Mapping[str, Any] | None = None, *, secrets: Sequence[str] = ()
) -> CacheRegion:
    """
    Make a dogpile region from *configuration*.

    ``backend`` names dogpile's backend, ``arware.memory`` by default;
    ``arguments.url`` and other ``arguments.*`` are the backend's. Values are JSON;
    with *secrets* they are signed with keys derived from them, the first signs and
    all verify, and what does not verify is a miss. A adapter or a client that is given
    the region seals with its own secrets in any case. Raises
    :class:`~arware.errors.ConfigurationError` for what cannot work.
    """
    values = coerce_string_conf(dict(configuration or {}))
    backend = values.pop("backend", "arware.memory")
    arguments = dict(values.pop("arguments", None) or {})
    unknown = []
    for name, value in values.items():
        if name.startswith("arguments."):
            arguments[name.removeprefix("arguments.")] = value
        else:
            unknown.append(name)
    if unknown:
        raise _fault(
            f"it has no setting {unknown[0]!r}",
            "Give backend and arguments.*, like arguments.url",
        )
    made = _SignedRegion(Signer(secrets))
    try:
        made.configure(
            "arware.memcached" if backend == "dogpile.cache.pymemcache" else backend,
            arguments=_safe_arguments(backend, arguments),
        )
    except ConfigurationError:
        raise
    except ImportError as error:
        fix = "Install it: pip install 'arware[redis]' or 'arware[memcached]'"
        problem = f"the backend {backend!r} needs {error.name or 'a package'}"
        raise _fault(problem, fix) from None
    except Exception as error:  # noqa: BLE001 - each backend has its own complaints
        kind = type(error).__name__
        raise _fault(
            f"the backend {backend!r} cannot be made ({kind})",
            "Use dogpile.cache.redis or dogpile.cache.pymemcache, with its arguments.url",
        ) from None
    _refuse_pickle(made)
    return made


def guarded(cache: object, secrets: Sequence[str]) -> Region:
    """
    Return the guarded region for *cache*, as the settings hold it.

    That is a region, its configuration, or ``None`` for memory. Raises
    :class:`~arware.errors.ConfigurationError` for a region that reads pickles.
    """
    if isinstance(cache, Region):
        return cache
    if cache is None or isinstance(cache, Mapping):
        made = region(cache, secrets=())
    elif isinstance(cache, CacheRegion):
        made = cache
        if made.is_configured and not isinstance(made, _SignedRegion):
            _refuse_pickle(made)
            _refuse_endless(made.actual_backend)
    else:
        raise _fault(
            f"it is {type(cache).__name__}, no region",
            "Make one with arware.cache.region(...), or give its configuration",
        )
    if not made.is_configured:
        raise _fault("the region is not configured", "Call its configure(...) first")
    _refuse_pickle(made)
    shared = type(made.actual_backend).__name__ not in _PRIVATE
    # What never leaves the process needs no seal.
    return Region(made, secrets if shared else (), shared=shared)


def _fault(problem: str, fix: str) -> ConfigurationError:
    return ConfigurationError([Fault("cache", None, problem, fix)])


def _safe_arguments(backend: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Fill in what keeps a store from holding up a request."""
    if backend.startswith(("dogpile.cache.redis", "dogpile.cache.valkey")):
        defaults: dict[str, Any] = {
            "socket_timeout": SLOW,
            "socket_connect_timeout": SLOW,
            "distributed_lock": True,
            "lock_timeout": _LOCK_SECONDS,
            "thread_local_lock": False,
        }
        if backend.startswith("dogpile.cache.redis"):
            defaults["connection_kwargs"] = {"retry": _redis_retry()}
        return {**defaults, **arguments}
    if backend == "dogpile.cache.pymemcache":
        if arguments.get("serde") is not None:
            raise _fault(
                "memcached is given a serde, and those read pickles",
                "Leave serde out; arware has its own form, JSON under HMAC",
            )
        defaults = {
            "distributed_lock": True,
            "lock_timeout": _LOCK_SECONDS,
            # It takes more for a date.
            "memcached_expire_time": LONGEST,
            "hashclient_retry_attempts": 0,
            "hashclient_dead_timeout": 1,
            "socket_timeout": SLOW,
        }
        return {**defaults, **arguments, "serde": None}
    return arguments


def _redis_retry() -> Any:
    """Return one more try for a connection that broke, none for a slow server."""
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # A kept connection that the server closed is noticed only when it is used.
    return Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))


# --- Against pickles ---------------------------------------------------------------

#: Backends whose client reads pickles by itself, whatever the region does.
_PICKLING_CLIENTS = frozenset(
    ("MemcachedBackend", "PylibmcBackend", "BMemcachedBackend")
)
_PICKLING_MODULES = frozenset(
    ("pickle", "_pickle", "cloudpickle", "dill", "shelve", "marshal")
)


def _refuse_pickle(made: CacheRegion) -> None:
    """Raise if *made* reads pickles: who can write to the store could run code."""
    backend = made.actual_backend
    pickles = any(map(_pickles, (made.serializer, made.deserializer)))
    if type(backend).__name__ in _PICKLING_CLIENTS:
        pickles = True
    if isinstance(backend, PyMemcacheBackend) and backend.serde is not None:
        pickles = True
    if pickles:
        raise _fault(
            "the region's deserializer is pickle, so whoever can write to the store "
            "could run code here",
            "Make the region with arware.cache.region(...); memcached works through "
            "dogpile.cache.pymemcache with serde=None",
        )


def _refuse_endless(backend: Any) -> None:
    """Raise if *backend* waits for ever, as far as can be known: calls would, too."""
    # dogpile's memcached cannot be told.
    if _is_untimed(backend) or type(backend) is PyMemcacheBackend:
        raise _fault(
            "the region's store is given no socket_timeout, so one that hangs would "
            "hold up every call",
            "Make the region with arware.cache.region(...); or give a Redis the "
            f"argument socket_timeout, say {SLOW}, and take arware.memcached for "
            "dogpile.cache.pymemcache",
        )


def _is_untimed(backend: Any) -> bool:
    """Tell whether *backend* is a Redis whose user has given it no timeout."""
    pool = getattr(getattr(backend, "reader_client", None), "connection_pool", None)
    options = getattr(pool, "connection_kwargs", None)
    if not isinstance(options, dict):
        return False
    given = dict(getattr(backend, "connection_kwargs", None) or {})
    if getattr(backend, "url", None) or getattr(backend, "connection_pool", None):
        given = options
    # Elsewhere newer clients put in a default: much, for what a request waits for.
    named = (getattr(backend, "socket_timeout", None), given.get("socket_timeout"))
    return named == (None, None)


def _pickles(codec: Any) -> bool:
    """Tell whether *codec* is of a pickling module, or names one in its code."""
    while isinstance(codec, partial):
        codec = codec.func
    module = getattr(codec, "__module__", "") or ""
    named = getattr(getattr(codec, "__code__", None), "co_names", ())
    # Elsewhere in code `marshal` may be any method.
    return module.partition(".")[0] in _PICKLING_MODULES or "pickle" in named


# --- Our region and our backends ---------------------------------------------------


class _SignedRegion(CacheRegion):
    """A region that reads only what it wrote; anything else is a miss."""

    def __init__(self, seal: Signer) -> None:
        def read(stored: bytes) -> Any:
            value = seal.open(stored)
            if not isinstance(value, list) or len(value) != 1:
                raise CantDeserializeException
            return value[0]

        # In a list, so that a stored null is not taken for a failure.
        super().__init__(
            serializer=lambda value: seal.close([value]), deserializer=read
        )

    def _parse_serialized_from_backend(self, value: Any) -> Any:
        # dogpile would raise for what is not framed as it frames.
        try:
            return super()._parse_serialized_from_backend(value)
        except (ValueError, TypeError, AttributeError, RecursionError):
            return NO_VALUE


class BoundedMemory(BytesBackend):
    """
    ``arware.memory``: a store in this process that pushes out what was used least.

    *size* is the largest number of entries, *bytes* that of their bytes.
    """

    def __init__(self, arguments: dict[str, Any]) -> None:
        self._size = int(arguments.get("size", 10_000))
        self._bytes = int(arguments.get("bytes", 64 * 1024 * 1024))
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        in_each_process(self._begin_anew)

    def _begin_anew(self) -> None:
        """Begin with a lock that nobody holds, and count anew."""
        self._held = sum(map(len, self._entries.values()))
        self._lock = threading.Lock()

    def get_serialized(self, key: str) -> Any:
        """Return the bytes of *key*."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return NO_VALUE
            self._entries.move_to_end(key)
            return found

    def get_serialized_multi(self, keys: Iterable[str]) -> list[Any]:
        """Return the bytes of all *keys*."""
        return [self.get_serialized(key) for key in keys]

    def set_serialized(self, key: str, value: bytes) -> None:
        """Keep *value*, and let go of what does not fit any more."""
        with self._lock:
            self._held += len(value) - len(self._entries.pop(key, b""))
            self._entries[key] = value
            while len(self._entries) > self._size or self._held > self._bytes:
                _, dropped = self._entries.popitem(last=False)
                self._held -= len(dropped)

    def set_serialized_multi(self, mapping: Mapping[str, bytes]) -> None:
        """Keep all of *mapping*."""
        for key, value in mapping.items():
            self.set_serialized(key, value)

    def delete(self, key: str) -> None:
        """Remove *key*."""
        with self._lock:
            self._held -= len(self._entries.pop(key, b""))

    def delete_multi(self, keys: Iterable[str]) -> None:
        """Remove all *keys*."""
        for key in keys:
            self.delete(key)


register_backend("arware.memory", "arware.cache.region", "BoundedMemory")
register_backend("arware.memcached", "arware.cache.memcached", "TimedMemcached")
