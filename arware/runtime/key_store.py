"""
Keys that are fetched: downloaded when they are needed, kept fresh, and held in memory.

They stay in this process: whoever could write to a shared cache could mint users.
"""

from __future__ import annotations

import logging
import random
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from itertools import count
from pathlib import Path
from socket import SHUT_RDWR, socket
from time import monotonic
from typing import Any, Protocol
from urllib.parse import urlsplit

from arware.api.heads import WholeHead
from arware.core.verdict import CLOCK_STEP, KeysAtHand
from arware.errors import KeysUnavailable
from arware.fork import PerProcess
from arware.tokens.keys import KeySet, parse_key_document
from arware.version import __version__

from .threads import started

log = logging.getLogger("arware")

#: After so many seconds the set is downloaded anew, in the background: 80 % of ten
#: minutes, so that a key that was withdrawn is gone before ten minutes are over.
REFRESH_SECONDS = 480

#: How long the last good set serves while no newer one can be had, in seconds.
STALE_SECONDS = 24 * 3600

#: The least time between two attempts, successful or not, in seconds.
ATTEMPT_SECONDS = 30

#: How long a download may take in all, and so how long anybody waits, in seconds.
DOWNLOAD_SECONDS = 5.0

#: How long the host may be silent, in seconds.
SILENCE_SECONDS = 3.0

#: The longest document that is read, in bytes; a real one has about 1,000 a key.
DOCUMENT_BYTES = 128 * 1024


class Keys(KeysAtHand, Protocol):
    """Where an adapter's keys come from."""

    def fetch(self, kid: str, now: float) -> Future[KeySet | None]:
        """Return the future of a set that may hold *kid*."""
        ...


class FixedKeys:
    """The one configured key; nothing is ever downloaded."""

    by_kid = False

    def __init__(self, keys: KeySet) -> None:
        self.keys = keys

    def peek(self, now: float) -> KeySet | None:  # noqa: ARG002 - it does not age
        """Return the set."""
        return self.keys

    def fetch(self, kid: str, now: float) -> Future[KeySet | None]:  # noqa: ARG002 - nor grow
        """Return the set: there is no other."""
        return _done(self.keys)


class RealmKeys:
    """The keys of a realm in this very process; no network is needed."""

    by_kid = True

    def __init__(self, realm: Any) -> None:
        self._realm = realm

    def peek(self, now: float) -> KeySet | None:  # noqa: ARG002 - always up to date
        """Return the realm's key set, the same object while its keys are the same."""
        keys: KeySet | None = self._realm.key_set()
        return keys

    def fetch(self, kid: str, now: float) -> Future[KeySet | None]:  # noqa: ARG002 - it has all
        """Return the set at hand: there is no other."""
        return _done(self.peek(now))


@dataclass(frozen=True, slots=True)
class _Held:
    keys: KeySet
    body: bytes
    #: Between these nothing is downloaded. A clock that was set back shows a time
    #: before the first; else the set would be kept for that much longer.
    fresh_from: float
    fresh_until: float
    stale_at: float
    attempt: int


class _Attempts:
    """The downloads of one process: nobody finishes those of its parent."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.under_way: Future[KeySet | None] | None = None
        self.last_at: float | None = None


class KeyStore:
    """
    The key set at *url*, downloaded when it is needed and kept fresh.

    Readers never wait for a download of keys that they do not need, and never hold a
    lock: what is known is one immutable value that a download replaces. There
    is at most one download under way and one attempt each 30 seconds.
    """

    by_kid = True

    def __init__(
        self, url: str, download: Callable[[str], tuple[bytes, KeySet]] | None = None
    ) -> None:
        self.url = url
        #: Asked for the document at an URL and the keys in it.
        self.download = download or download_keys
        self._held: _Held | None = None
        self._attempts = PerProcess(_Attempts)
        #: A child counts on, for it has what its parent held.
        self._numbers = count()

    def peek(self, now: float) -> KeySet | None:
        """
        Return the set at hand, ``None`` without one or when it is a day old.

        It never waits; a set that ages has its successor fetched in the background.
        """
        held = self._held
        if held is None:
            return None
        if held.fresh_from <= now < held.fresh_until:
            return held.keys
        self._begin(now)
        return self._at_hand(now)

    def fetch(self, kid: str, now: float) -> Future[KeySet | None]:
        """
        Return the future of a set that may hold *kid*.

        It is done at once unless a download can help: the caller waits only for one
        that it began itself, or when there is no set at all.
        """
        keys = self.peek(now)
        if keys is not None and keys.find(kid):
            return _done(keys)
        begun = self._begin(now)
        if keys is None:
            begun = begun or self._attempts.get().under_way
            keys = self._at_hand(now)
        return begun or _done(keys)

    def forget(self) -> None:
        """Forget what is held and when it was tried: whoever needs keys asks anew."""
        self._held, self._attempts = None, PerProcess(_Attempts)

    def _at_hand(self, now: float) -> KeySet | None:
        held = self._held
        return None if held is None or now > held.stale_at else held.keys

    def _begin(self, now: float) -> Future[KeySet | None] | None:
        """Begin a download; ``None`` if one is under way or was tried just now."""
        attempts = self._attempts.get()
        with attempts.lock:
            last = attempts.last_at
            # Threads do not come in the order in which they read the clock; a clock
            # that was set back by more does not stop downloads.
            if last is not None and abs(now - last) < ATTEMPT_SECONDS:
                return None
            # If one is under way, it has taken far too long: nobody waits for it.
            attempts.last_at = now
            attempt = next(self._numbers)
            future: Future[KeySet | None] = Future()
            attempts.under_way = future
            work = partial(self._work, attempts, future, attempt, now)
        thread = threading.Thread(target=work, name="arware-keys", daemon=True)
        if not started(thread.start):
            self._finish(attempts, future, self._at_hand(now))
        return future

    def _work(
        self,
        attempts: _Attempts,
        future: Future[KeySet | None],
        attempt: int,
        now: float,
    ) -> None:
        keys: KeySet | None = None
        try:
            keys = self._replace(attempt, *self.download(self.url), now)
        except KeysUnavailable as error:
            log.warning("the key set was not refreshed: %s", error)
            keys = self._at_hand(now)
        except Exception:
            log.exception("the key set was not refreshed")
            keys = self._at_hand(now)
        finally:
            self._finish(attempts, future, keys)

    @staticmethod
    def _finish(
        attempts: _Attempts, future: Future[KeySet | None], keys: KeySet | None
    ) -> None:
        with attempts.lock:
            if attempts.under_way is future:
                attempts.under_way = None
        future.set_result(keys)

    def _replace(self, attempt: int, body: bytes, keys: KeySet, now: float) -> KeySet:
        """Put *keys* in the place of the old ones, for all readers at once."""
        held = self._held
        if held is not None and held.attempt > attempt:
            return held.keys  # a later attempt was faster
        if held is not None and held.body == body:
            keys = held.keys  # the same document: verdicts stay good
        else:
            for problem in keys.problems:
                log.warning("in the key set, %s", problem)
        # Spread, so that the processes of a fleet do not all ask at once.
        until = now + REFRESH_SECONDS * random.uniform(0.9, 1.1)  # noqa: S311 - no secret
        since, stale_at = now - CLOCK_STEP, now + STALE_SECONDS
        self._held = _Held(keys, body, since, until, stale_at, attempt)
        return keys


def _done(keys: KeySet | None) -> Future[KeySet | None]:
    future: Future[KeySet | None] = Future()
    future.set_result(keys)
    return future


# --- Downloads ---------------------------------------------------------------------

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": f"arware/{__version__}",
}


def download_keys(url: str, ca_bundle: str | None = None) -> tuple[bytes, KeySet]:
    """
    Return the document at *url* and the keys in it.

    Follows no redirect, asks no proxy of the environment, reads no ``.netrc`` and
    decompresses nothing. *ca_bundle* is a file or a folder of certificates in place of
    the usual authorities'. Raises :class:`~arware.errors.KeysUnavailable`.
    """
    deadline = monotonic() + DOWNLOAD_SECONDS
    host = urlsplit(url).netloc
    try:
        body = _fetch(url, ca_bundle, deadline)
    except ssl.SSLCertVerificationError as error:
        problem = (
            f"the certificate of {host} is not trusted ({error.verify_message}); if a "
            "private authority made it, set ca_bundle to that authority's certificate"
        )
        raise KeysUnavailable(problem) from None
    except (HTTPException, OSError, ValueError) as error:
        if monotonic() > deadline:
            problem = f"the key host took over {DOWNLOAD_SECONDS:.0f} seconds"
            raise KeysUnavailable(problem) from None
        problem = f"{type(error).__name__} while asking {host}"
        raise KeysUnavailable(problem) from None
    return body, parse_key_document(body)


def _fetch(url: str, ca_bundle: str | None, deadline: float) -> bytes:
    parts = urlsplit(url)
    with closing(_connection(parts.scheme, parts.netloc, ca_bundle)) as connection:
        connection.connect()
        # A host that sends a byte now and then is never silent, neither in its head
        # nor in its body, so the whole has an end of its own.
        seconds = max(0.0, deadline - monotonic())
        alarm = threading.Timer(seconds, _hang_up, (connection.sock,))
        alarm.daemon = True
        alarm.start()
        try:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            connection.request("GET", target, headers=_HEADERS)
            connection.response_class = WholeHead
            with connection.getresponse() as response:
                return _read(response)
        finally:
            alarm.cancel()


def _connection(scheme: str, netloc: str, ca_bundle: str | None) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(netloc, timeout=SILENCE_SECONDS)
    context = trust(ca_bundle)
    return HTTPSConnection(netloc, timeout=SILENCE_SECONDS, context=context)


def trust(ca_bundle: str | None) -> ssl.SSLContext:
    """
    Return what trusts the certificates in *ca_bundle*, by default the public ones.

    Raises :class:`OSError` or :class:`ValueError` if they cannot be read.
    """
    if ca_bundle is None:
        import certifi

        ca_bundle = certifi.where()
    if Path(ca_bundle).is_dir():
        return ssl.create_default_context(capath=ca_bundle)
    return ssl.create_default_context(cafile=ca_bundle)


def _hang_up(sock: socket) -> None:
    with suppress(OSError):
        sock.shutdown(SHUT_RDWR)


def _read(response: HTTPResponse) -> bytes:
    if response.status != 200:
        raise KeysUnavailable(f"the key host answered {response.status}")
    if (response.getheader("Content-Encoding") or "identity") != "identity":
        raise KeysUnavailable("the key host answered with a compressed body")
    body = bytearray()
    while part := response.read1(16 * 1024):
        body += part
        if len(body) > DOCUMENT_BYTES:
            raise KeysUnavailable(f"the document is over {DOCUMENT_BYTES} bytes")
    if response.length:
        raise KeysUnavailable("the key host broke off")
    return bytes(body)
