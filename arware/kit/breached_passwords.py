"""
Asking a service whether a password is in a data leak, without telling it which.

The range query of Have I Been Pwned: the service is sent the first five of the forty
hexadecimal digits of the password's SHA-1 and answers with all that begin so; the
header ``Add-Padding`` makes the answers equally long (ASVS 5.0 6.2.12, RQ-P6).
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import re
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress

import certifi

from arware.fork import PerProcess
from arware.kit.urls import Address

log = logging.getLogger("arware.local")

#: An answer has some 1,000 lines of 40 characters.
LONGEST_BYTES = 256 * 1024
#: Threads at once: who asks a service that hangs does not wait behind others.
SLOTS = 8

_PREFIX = 5
_LINE = re.compile(r"(?P<suffix>[0-9A-F]{35}):(?P<times>[0-9]{1,12})", re.IGNORECASE)


class _Failed(Exception):
    """The service did not say; the text is the reason for the log."""


class BreachedPasswords:
    """
    A range service at *url*, to which five digits are appended.

    It is asked for *seconds* in all: looking up its name, connecting and reading. A
    service that does not answer properly in that time refuses nobody's password; one
    line in the log says why. Redirects are not followed. Threads may share it.
    """

    def __init__(self, url: Address, *, seconds: float = 1) -> None:
        self._url = url
        self._seconds = seconds
        self._slots = PerProcess(lambda: threading.BoundedSemaphore(SLOTS))

    def has(self, password: str) -> bool:
        """Tell whether *password* was leaked, as far as the service says in time."""
        data = password.encode("utf-8", "surrogatepass")
        digest = hashlib.sha1(data, usedforsecurity=False).hexdigest().upper()
        try:
            answer = self._ask(digest[:_PREFIX])
            return digest[_PREFIX:] in _suffixes(answer)
        except _Failed as failed:
            log.warning("breached passwords not asked reason=%s", failed)
            return False

    def _ask(self, prefix: str) -> bytes:
        """Ask in a thread: looking up a name cannot be told when to end."""
        slots = self._slots.get()
        if not slots.acquire(blocking=False):
            raise _Failed("busy")
        query = _Query(self._url, prefix, self._seconds, slots.release)
        thread = threading.Thread(target=query.run, daemon=True)
        thread.start()
        thread.join(self._seconds)
        if thread.is_alive():
            query.abort()
            raise _Failed("timeout")
        if query.answer is None:
            raise _Failed(query.failure)
        return query.answer


class _Query:
    """One query; *done* is called when its thread ends."""

    def __init__(
        self, url: Address, prefix: str, seconds: float, done: Callable[[], None]
    ) -> None:
        self.answer: bytes | None = None
        self.failure: str | None = None
        self._url, self._prefix, self._done = url, prefix, done
        self._connection = _connection(url, seconds)

    def run(self) -> None:
        """Ask; the answer or the failure is set at the end."""
        try:
            self.answer = self._read()
        except _Failed as failed:
            self.failure = str(failed)
        except TimeoutError:
            self.failure = "timeout"
        except (OSError, ValueError, http.client.HTTPException) as error:
            self.failure = type(error).__name__
        finally:
            self._connection.close()
            self._done()

    def abort(self) -> None:
        """Wake the thread that waits for the service."""
        # Not closed here: another thread's connection could have its number by then.
        reading = self._connection.sock
        if reading is not None:
            with suppress(OSError):
                reading.shutdown(socket.SHUT_RDWR)

    def _read(self) -> bytes:
        headers = {"Add-Padding": "true", "User-Agent": "arware"}
        self._connection.request("GET", self._url.path + self._prefix, headers=headers)
        response = self._connection.getresponse()
        if response.status != http.client.OK:
            raise _Failed(f"status_{response.status}")
        body = response.read(LONGEST_BYTES + 1)
        if len(body) > LONGEST_BYTES:
            raise _Failed("too_long")
        return body


def _connection(url: Address, seconds: float) -> http.client.HTTPConnection:
    host = url.host.strip("[]")
    if url.scheme == "http":
        return http.client.HTTPConnection(host, url.port, timeout=seconds)
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return http.client.HTTPSConnection(host, url.port, timeout=seconds, context=context)


def _suffixes(answer: bytes) -> set[str]:
    """Return the rest of each digest in the answer, but for the padding."""
    lines = answer.decode("ascii", "replace").split()
    matches = [_LINE.fullmatch(line) for line in lines]
    if not lines or None in matches:
        raise _Failed("not_a_range")
    return {
        match["suffix"].upper() for match in matches if match and int(match["times"])
    }
