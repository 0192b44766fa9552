"""Download a key document: bounded in size and time, and nowhere but where it is."""

from __future__ import annotations

import ssl
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from socket import SHUT_RDWR, socket
from threading import Timer
from time import monotonic
from urllib.parse import urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ..api.heads import WholeHead
from ..errors import KeysUnavailable
from ..tokens.keys import KeySet, parse_key_document
from ..version import __version__

#: How long a download may take in all, in seconds.
SECONDS = 5.0

#: The longest document that is read, in bytes; a real one has about 1,000 a key.
DOCUMENT_BYTES = 128 * 1024

#: How long the host may be silent, in seconds.
_SILENCE = 3.0

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": f"arware/{__version__}",
}


def download_keys(url: str) -> tuple[bytes, KeySet]:
    """
    Return the document at *url* and the keys in it.

    Follows no redirect, asks no proxy of the environment, reads no ``.netrc`` and
    decompresses nothing. Raises :class:`~arware.errors.KeysUnavailable`.
    """
    deadline = monotonic() + SECONDS
    try:
        body = _fetch(url, deadline)
    except (HTTPException, OSError, ValueError) as error:
        if monotonic() > deadline:
            problem = f"the key host took over {SECONDS:.0f} seconds"
            raise KeysUnavailable(problem) from None
        host = urlsplit(url).netloc
        problem = f"{type(error).__name__} while asking {host}"
        raise KeysUnavailable(problem) from None
    return body, parse_key_document(body)


def _fetch(url: str, deadline: float) -> bytes:
    parts = urlsplit(url)
    with closing(_connection(parts.scheme, parts.netloc)) as connection:
        connection.connect()
        # A host that sends a byte now and then is never silent, neither in its head
        # nor in its body, so the whole has an end of its own.
        seconds = max(0.0, deadline - monotonic())
        alarm = Timer(seconds, _hang_up, (connection.sock,))
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


def _connection(scheme: str, netloc: str) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(netloc, timeout=_SILENCE)
    context = ssl.create_default_context(cafile=DEFAULT_CA_BUNDLE_PATH)
    return HTTPSConnection(netloc, timeout=_SILENCE, context=context)


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
