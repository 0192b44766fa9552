"""
memcached as a region needs it: with timeouts, and with connections that may end.

``pymemcache`` notices only when it uses a connection that the server has closed it,
and has one for each thread; so each thread that comes after a restart would see a
store that is down.
"""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from dogpile.cache.backends.memcached import PyMemcacheBackend
from pymemcache.client.base import Client
from pymemcache.client.hash import HashClient
from pymemcache.exceptions import MemcacheUnexpectedCloseError

from . import breaker

if TYPE_CHECKING:
    from collections.abc import Callable


def _anew(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let *command* connect anew, once, if the server has closed the connection."""

    def run(client: Client, *args: Any, **options: Any) -> Any:
        kept = client.sock is not None
        try:
            return command(client, *args, **options)
        except (ConnectionError, MemcacheUnexpectedCloseError):
            # It has been let go of, so the next command connects.
            if not kept:
                raise
        return command(client, *args, **options)

    return run


class _Connection(Client):
    get, set, add, delete = map(
        _anew, (Client.get, Client.set, Client.add, Client.delete)
    )


class _Connections(HashClient):
    """What one thread has: a connection for each server."""

    client_class = _Connection


class TimedMemcached(PyMemcacheBackend):
    """dogpile's pymemcache backend, which cannot be told timeouts, with timeouts."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        if arguments.get("serde") is not None:
            raise breaker.invalid(
                "memcached is given a serde, and those read pickles",
                "Leave serde out; arware has its own form, JSON under HMAC",
            )
        safe = {
            "distributed_lock": True,
            "lock_timeout": breaker.LOCK_SECONDS,
            "socket_timeout": breaker.SLOW,
        }
        given = safe | arguments | {"serde": None}
        self._timeout = float(given["socket_timeout"])
        super().__init__(given)
        self.hang_up()

    @property
    def client(self) -> Any:
        """The client of this thread: no two may share one."""
        own = self._threads
        if not hasattr(own, "client"):
            own.client = self._create_client()
        return own.client

    def keep(self, key: str, value: bytes, seconds: int) -> bool:
        """Store *value* for *seconds*."""
        return bool(self.client.set(key, value, expire=seconds))

    def hang_up(self) -> None:
        """Have each thread connect anew: where one connection is dead, others are."""
        self._threads = threading.local()

    def _create_client(self) -> Any:
        client = _Connections(
            self.url,
            tls_context=self.tls_context,
            connect_timeout=self._timeout,
            timeout=self._timeout,
            # Who takes no reply does not know whether a lock was had.
            default_noreply=False,
            # A server that is down is asked again when the region has rested.
            retry_attempts=0,
            dead_timeout=1,
        )
        # It goes with its thread, and leaves its sockets to the garbage collector.
        weakref.finalize(client, _close_all, client.clients)
        return client


def _close_all(clients: dict[Any, Any]) -> None:
    for client in clients.values():
        client.close()
