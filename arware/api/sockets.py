"""
Sockets that keep a deadline, so that a server that drips cannot hold a caller.

The timeouts of ``requests`` are for each step: a header or a body that comes byte by
byte never exceeds them. Each read of these sockets asks what is left of the call.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssl_ import create_urllib3_context

from arware.api.heads import WholeHead

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.client import HTTPResponse


class _Current(threading.local):
    """What the call of this thread may still take, and what it asks for."""

    deadline: float | None = None
    read: float = 50.0
    target: str | None = None
    shown: str = "/"


_current = _Current()


@contextmanager
def limited(deadline: float, read: float, target: str, shown: str) -> Iterator[None]:
    """
    Hold this thread's reads to *deadline* (monotonic) and *read* seconds each.

    *target* is what the request line says: ``urllib3`` would encode brackets and drop
    dot segments, and the wire has them as they were written. *shown* is the path that
    ``urllib3`` is told, and writes into its log.
    """
    _current.deadline, _current.read = deadline, read
    _current.target, _current.shown = target, shown
    try:
        yield
    finally:
        _current.deadline = _current.target = None


def _seconds_left() -> float | None:
    deadline = _current.deadline
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        message = "the call's time is over"
        raise TimeoutError(message)
    return min(left, _current.read)


class _DeadlineSocket(socket.socket):
    """A plain socket that asks, before each read, what is left."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        left = _seconds_left()
        if left is not None:
            self.settimeout(left)
        return super().recv_into(*args, **kwargs)


class _DeadlineSSLSocket(ssl.SSLSocket):
    """The same for TLS."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        left = _seconds_left()
        if left is not None:
            self.settimeout(left)
        return super().recv_into(*args, **kwargs)


class _Exact:
    """A connection that asks for exactly the target it was told, and reads heads so."""

    response_class: type[HTTPResponse] = WholeHead

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        super().putrequest(method, _current.target or url, *args, **kwargs)  # type: ignore[misc]  # of the other base


class _Connection(_Exact, HTTPConnection):
    def _new_conn(self) -> socket.socket:
        plain = super()._new_conn()
        timeout = plain.gettimeout()
        ours = _DeadlineSocket(plain.family, plain.type, plain.proto, plain.detach())
        ours.settimeout(timeout)
        return ours


class _SecureConnection(_Exact, HTTPSConnection):
    """Its socket is made by the TLS context below."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class DeadlineAdapter(HTTPAdapter):
    """What gives a ``requests.Session`` the sockets above."""

    def request_url(self, *_: Any) -> str:
        """Return what ``urllib3`` is told of the path; `putrequest` knows the rest."""
        return _current.shown

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, with our connections in them."""
        context = create_urllib3_context()
        context.sslsocket_class = _DeadlineSSLSocket
        super().init_poolmanager(*args, ssl_context=context, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _Pool,
            "https": _SecurePool,
        }
