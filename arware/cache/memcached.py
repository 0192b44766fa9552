"""
memcached as a region needs it: with timeouts, and with connections that may end.

``pymemcache`` pages only when it uses a connection that the server has closed it,
and has one for each thread; so each thread that comes after a restart would see a
store that is down.
"""

from __future__ import annotations

import os
import weakref
from typing import TYPE_CHECKING, Any

from dogpile.cache.backends.memcached import PyMemcacheBackend
from pymemcache.client.base import Client
from pymemcache.client.hash import HashClient
from pymemcache.exceptions import MemcacheUnexpectedCloseError

from .breaker import SLOW

if TYPE_CHECKING:
    from collections.abc import Callable


class _Connection(Client):
    """A connection that is made anew, once, if the server has closed the kept one."""

    def get(self, *args: Any, **options: Any) -> Any:
        return self._done(super().get, args, options)

    def set(self, *args: Any, **options: Any) -> Any:
        return self._done(super().set, args, options)

    def add(self, *args: Any, **options: Any) -> Any:
        return self._done(super().add, args, options)

    def delete(self, *args: Any, **options: Any) -> Any:
        return self._done(super().delete, args, options)

    def _done(
        self,
        command: Callable[..., Any],
        args: tuple[Any, ...],
        options: dict[str, Any],
    ) -> Any:
        kept = self.sock is not None
        try:
            return command(*args, **options)
        except (ConnectionError, MemcacheUnexpectedCloseError):
            # It has been let go of, so the next command connects.
            if not kept:
                raise
        return command(*args, **options)


class _Connections(HashClient):
    """What one thread has: a connection for each server."""

    client_class = _Connection
    #: It is in the backend's turn, or has connections that are not to be trusted.
    turn = 0

    def hang_up(self) -> None:
        """Close what is open; the next command connects."""
        _close_all(self.clients)


class TimedMemcached(PyMemcacheBackend):
    """dogpile's pymemcache backend, which cannot be told timeouts, with timeouts."""

    def __init__(self, arguments: dict[str, Any]) -> None:
        arguments = dict(arguments)
        self._timeout = float(arguments.pop("socket_timeout", SLOW))
        self._process = os.getpid()
        self._turn = 0
        super().__init__(arguments)

    @property
    def client(self) -> Any:
        """The client of this thread, and of this process: no two may share one."""
        if self._process != os.getpid():
            self.__dict__.pop("_clients", None)
            self._process = os.getpid()
        client = super().client
        if client.turn != self._turn:
            client.turn = self._turn
            client.hang_up()
        return client

    def hang_up(self) -> None:
        """Have each thread connect anew: where one connection is dead, others are."""
        self._turn += 1

    def _create_client(self) -> Any:
        client = _Connections(
            self.url,
            serde=self.serde,
            default_noreply=self.default_noreply,
            tls_context=self.tls_context,
            socket_keepalive=self.socket_keepalive,
            retry_attempts=self.hashclient_retry_attempts,
            retry_timeout=self.hashclient_retry_timeout,
            dead_timeout=self.dead_timeout,
            connect_timeout=self._timeout,
            timeout=self._timeout,
        )
        client.turn = self._turn
        # It goes with its thread, and leaves its sockets to the garbage collector.
        weakref.finalize(client, _close_all, client.clients)
        return client


def _close_all(clients: dict[Any, Any]) -> None:
    for client in clients.values():
        client.close()
