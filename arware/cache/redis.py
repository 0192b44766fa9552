"""Redis as a region needs it: with timeouts, and with locks that end."""

from __future__ import annotations

from typing import Any

import redis
from dogpile.cache.backends.redis import RedisBackend
from redis.backoff import NoBackoff
from redis.retry import Retry

from . import breaker


class TimedRedis(RedisBackend):
    """dogpile's Redis backend, with what its own defaults leave open."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        if arguments.get("connection_pool") is not None:
            raise breaker.invalid(
                "a connection_pool has timeouts and codecs of its own",
                "Give arguments.url, and arguments.connection_kwargs for the rest",
            )
        # A kept connection that the server closed is noticed only when it is used; a
        # slow server is not asked twice.
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        further = {"retry": retry, **(arguments.get("connection_kwargs") or {})}
        safe = {
            "socket_timeout": breaker.SLOW,
            "socket_connect_timeout": breaker.SLOW,
            "distributed_lock": True,
            "lock_timeout": breaker.LOCK_SECONDS,
            "thread_local_lock": False,
        }
        super().__init__(safe | arguments | {"connection_kwargs": further})
        if self.reader_client.get_encoder().decode_responses:
            raise breaker.invalid(
                "with decode_responses Redis returns text, so every read would be a "
                "miss, and processes would not learn of one another's logouts",
                "Take decode_responses out of the url and the connection_kwargs",
            )

    def keep(self, key: str, value: bytes, seconds: int) -> bool:
        """Store *value* for *seconds*."""
        return bool(self.writer_client.set(key, value, ex=seconds))

    def hang_up(self) -> None:
        """Close the connections that nobody uses just now."""
        self.writer_client.connection_pool.disconnect(inuse_connections=False)
