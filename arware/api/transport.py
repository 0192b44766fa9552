"""The transport: sends a request with ``requests`` and returns what came back."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests

from arware.fork import PerProcess

from . import bodies
from .certificates import readable
from .failures import FAILURES, failure, failure_of
from .semaphores import BUSY, NO_TIME, POOL, Semaphores
from .sockets import DeadlineAdapter, limited

if TYPE_CHECKING:
    from arware.errors import Error

    from .answers import Response
    from .attempts import Limits
    from .wire import Request


class _Connections:
    """What one process has: a session, and a semaphore for each origin."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        adapter = DeadlineAdapter(pool_connections=POOL, pool_maxsize=POOL)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        self._semaphores = Semaphores(threading.BoundedSemaphore)
        self._lock = threading.Lock()

    def semaphore(self, request: Request) -> threading.BoundedSemaphore:
        """Return that of where *request* goes."""
        with self._lock:
            return self._semaphores.of(request)


class Transport:
    """
    Sends requests; safe for threads.

    One ``requests.Session`` that reads no environment and no ``.netrc``, keeps no
    cookies, follows no redirects and checks certificates. At most 10 connections are
    open to one origin; who finds them busy waits for one until the call's deadline.
    *ca_bundle* is a file or a folder of certificates in place of the public ones.
    """

    def __init__(self, limits: Limits, ca_bundle: str | None = None) -> None:
        self.limits = limits
        self._verify: str | bool = readable(ca_bundle) if ca_bundle else True
        self._own = PerProcess(_Connections)
        # At once: what OpenSSL locks while a session is made stays locked for ever in
        # a process that is forked meanwhile.
        self._own.get()

    def close(self) -> None:
        """Close the connections that are kept; the transport can still be used."""
        self._own.get().session.close()

    def send(self, request: Request, deadline: float) -> Response | Error:
        """
        Return the response to *request*, or the error that stands for its failure.

        *deadline* is in the terms of ``time.monotonic``.
        """
        semaphore = self._own.get().semaphore(request)
        left = deadline - time.monotonic()
        if left <= 0:
            return failure(request, NO_TIME)
        if not semaphore.acquire(timeout=left):
            return failure(request, BUSY)
        try:
            return self._exchanged(request, deadline)
        except FAILURES as error:
            return failure_of(error, request, self.limits)
        finally:
            semaphore.release()

    def _exchanged(self, request: Request, deadline: float) -> Response:
        limits, session = self.limits, self._own.get().session
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        parts = urlsplit(request.url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        shown = "/" + request.call.partition(" ")[2]
        with limited(deadline, limits.read, target, shown):
            # Not the session's own `send`: it would read a redirect's body, without
            # a bound, to see where it leads.
            response = session.get_adapter(request.url).send(
                _prepared(request),
                stream=True,
                timeout=(min(limits.connect, left), min(limits.read, left)),
                verify=self._verify,
                proxies={},
            )
            try:
                body = bodies.read(response.raw, limits.body, deadline)
            finally:
                response.close()
        headers = {name.lower(): value for name, value in response.headers.items()}
        version = response.raw.version
        return bodies.whole(request, response.status_code, headers, body, version)


def _prepared(request: Request) -> requests.PreparedRequest:
    """Return *request* as ``requests`` sends it, with nothing added."""
    prepared = requests.PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    prepared.headers = requests.structures.CaseInsensitiveDict(request.headers)
    if request.body is not None:
        prepared.headers["content-length"] = str(len(request.body))
    prepared.body = request.body
    return prepared
