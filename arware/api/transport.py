"""The transport: sends a request with ``requests`` and returns what came back."""

from __future__ import annotations

import ssl
import threading
import time
from collections import OrderedDict
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from arware import errors
from arware.errors import CertificateError, Error
from arware.fork import PerProcess

from .answers import Response
from .sockets import DeadlineAdapter, limited

if TYPE_CHECKING:
    from .attempts import Limits
    from .wire import Request

#: Connections kept and used at a time, for each origin.
POOL = 10
_ORIGINS = 100
_CHUNK = 64 * 1024


class _Connections:
    """What one process has: a session, and so many places at each origin."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        adapter = DeadlineAdapter(pool_connections=POOL, pool_maxsize=POOL)
        self.session.mount("https://", adapter)
        self.session.mount("http://", adapter)
        self._slots: OrderedDict[object, threading.BoundedSemaphore] = OrderedDict()
        self._lock = threading.Lock()

    def slot(self, origin: object) -> threading.BoundedSemaphore:
        """Return the places at *origin*."""
        with self._lock:
            slot = self._slots.get(origin)
            if slot is None:
                slot = self._slots[origin] = threading.BoundedSemaphore(POOL)
                if len(self._slots) > _ORIGINS:
                    self._slots.popitem(last=False)
            return slot


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
        self._verify: str | bool = _readable(ca_bundle) if ca_bundle else True
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
        slot = self._own.get().slot(request.origin)
        left = deadline - time.monotonic()
        if left <= 0:
            problem = "no time was left to ask it"
            return _failure(errors.ConnectionError, request, problem, _SLOW)
        if not slot.acquire(timeout=left):
            problem = f"its {POOL} connections were all busy until the time was over"
            return _failure(errors.ConnectionError, request, problem, _SLOW)
        try:
            return self._sent(request, deadline)
        finally:
            slot.release()

    def _sent(self, request: Request, deadline: float) -> Response | Error:
        try:
            return self._exchanged(request, deadline)
        except _TooLarge:
            kind, problem = Error, f"the answer exceeds {self.limits.body} bytes"
            fix = "ask for less, with max_results for instance"
        except _CODING:
            kind, problem, fix = Error, "its answer was compressed wrongly", _STRANGE
        except (OSError, urllib3.exceptions.HTTPError, ValueError) as error:
            kind, problem, fix = _told_apart(error)
        # Made out here, so that what failed, which knows the headers, is not the
        # context of what is raised.
        return _failure(kind, request, problem, fix)

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
                body = self._body(response, deadline)
            finally:
                response.close()
        if not body and _may_be_cut_off(response):
            raise urllib3.exceptions.ProtocolError
        headers = {name.lower(): value for name, value in response.headers.items()}
        # 9110 6.6.1: who has a clock notes when an answer without a date came.
        headers.setdefault("date", formatdate(usegmt=True))
        return Response(response.status_code, headers, body, request.call, request.host)

    def _body(self, response: requests.Response, deadline: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.raw.stream(_CHUNK, decode_content=True):
            size += len(chunk)
            if size > self.limits.body:
                raise _TooLarge
            if time.monotonic() > deadline:
                raise TimeoutError
            chunks.append(chunk)
        return b"".join(chunks)


def _may_be_cut_off(response: requests.Response) -> bool:
    """
    Tell whether *response*, which came without a body, may have been cut off.

    9112 6.3: one that says no length ends where the connection does, so it may have
    ended before its time. That it has no body is believed only of who says in time
    that the connection will end. (Part of an object is no JSON anyway.)
    """
    if not 200 <= response.status_code < 300 or response.status_code in (204, 205):
        return False
    headers = response.headers
    if headers.get("content-length", "").isdigit() or "transfer-encoding" in headers:
        return False
    ends = response.raw.version < 11 or "close" in headers.get("connection", "").lower()
    return not ends or "content-encoding" in headers


_CODING = (
    urllib3.exceptions.DecodeError,
    requests.exceptions.ContentDecodingError,
)


class _TooLarge(Exception):
    pass


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


_SLOW = "try again; if it stays, see the service's status page"
_STRANGE = "check AUTHROCKET_URL, and what stands between here and there"


#: What went wrong with a connection, by the names of the exceptions, and the fix.
_PROBLEMS: tuple[tuple[set[str], str, str], ...] = (
    (
        {"SSLError", "SSLCertVerificationError"},
        "its certificate could not be verified, or it speaks no TLS",
        (
            "check the host in AUTHROCKET_URL, and this machine's clock; if a private "
            "authority made it, set ca_bundle to that authority's certificate"
        ),
    ),
    (
        {"NameResolutionError", "gaierror"},
        "its name could not be resolved",
        "check the host in AUTHROCKET_URL",
    ),
    (
        {"ConnectionRefusedError"},
        "it refused the connection",
        "check host and port in AUTHROCKET_URL",
    ),
    (
        {"TimeoutError", "ReadTimeoutError", "ConnectTimeoutError"},
        "it did not answer in time",
        _SLOW,
    ),
    (
        {"ConnectionResetError", "RemoteDisconnected", "BrokenPipeError"},
        "it closed the connection without an answer",
        _SLOW,
    ),
)


def _told_apart(error: Exception) -> tuple[type[Error], str, str]:
    """Return what went wrong with the connection, and what to do about it."""
    kinds = _kinds(error)
    for names, problem, fix in _PROBLEMS:
        if kinds & names:
            return errors.ConnectionError, problem, fix
    return (
        errors.ConnectionError,
        "the connection broke off, or spoke no HTTP",
        _STRANGE,
    )


def _readable(ca_bundle: str) -> str:
    """Return *ca_bundle* if certificates can be read from it."""
    try:
        if not Path(ca_bundle).is_dir():
            ssl.create_default_context(cafile=ca_bundle)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        message = (
            f"no certificates can be read from {ca_bundle!r}; set ca_bundle "
            "(AUTHROCKET_CA_BUNDLE, else REQUESTS_CA_BUNDLE or SSL_CERT_FILE) to a PEM "
            "file"
        )
        raise CertificateError(message) from None
    return ca_bundle


def _kinds(error: BaseException) -> set[str]:
    """Return the names of *error*'s class and of those it came from."""
    found: set[str] = set()
    seen: list[BaseException] = [error]
    while seen and len(found) < 50:
        one = seen.pop()
        if type(one).__name__ not in found:
            found.add(type(one).__name__)
            parts = (one.__cause__, one.__context__, *one.args)
            seen += [part for part in parts if isinstance(part, BaseException)]
            reason = getattr(one, "reason", None)
            if isinstance(reason, BaseException):
                seen.append(reason)
    return found


def _failure(kind: type[Error], request: Request, problem: str, fix: str) -> Error:
    message = f"{request.call} on {request.host}: {problem}; {fix}"
    return kind(message, call=request.call, host=request.host)
