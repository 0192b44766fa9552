"""A key host on loopback that fails in every way a test asks for."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from arware.testing import MemoryRealm

Handler = Callable[["KeyHost", socket.socket], None]

FIFTY_MEGABYTES = 50 * 1024 * 1024


class KeyHost:
    """
    Serve *realm*'s key set on a port of its own, as *mode* says.

    *asked* counts the requests, *sent* the bytes that were taken from us. After
    :meth:`hold` whoever asks gets no answer before :meth:`let_go`.
    """

    def __init__(self, realm: MemoryRealm, mode: str = "ok") -> None:
        self.realm = realm
        self.mode = mode
        self.asked = 0
        self.sent = 0
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._open.set()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    @contextmanager
    def serve(self) -> Iterator[KeyHost]:
        """Answer until the block ends; who waits or hangs is let go then."""
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._open.set()
            # An accept that waits is woken by a shutdown, not by a close.
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
            thread.join(60)

    def hold(self) -> None:
        """Answer nobody from now on."""
        self._open.clear()

    def let_go(self) -> None:
        """Answer those who were held, as the mode says by then, and all others."""
        self._open.set()

    def body(self) -> bytes:
        """Return the key document."""
        return json.dumps(self.realm.jwks()).encode()

    def pause(self, seconds: float) -> bool:
        """Wait; tell whether the test goes on."""
        return not self._stop.wait(seconds)

    def send(self, connection: socket.socket, data: bytes) -> None:
        """Send and count."""
        for at in range(0, len(data), 65536):
            part = data[at : at + 65536]
            connection.sendall(part)
            self.sent += len(part)

    def answer(
        self,
        connection: socket.socket,
        body: bytes,
        status: str = "200 OK",
        headers: str = "Content-Type: application/json\r\n",
        length: int | None = None,
    ) -> None:
        """Send a whole answer."""
        size = len(body) if length is None else length
        head = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {size}\r\n\r\n"
        self.send(connection, head.encode("latin-1") + body)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(
                target=self._handle, args=(connection,), daemon=True
            ).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection:
            try:
                connection.settimeout(60)
                if not connection.recv(65536):
                    return
                with self._lock:
                    self.asked += 1
                self._open.wait()
                MODES[self.mode](self, connection)
            except OSError:
                return  # the client had enough, as it should


def _hang(host: KeyHost, connection: socket.socket) -> None:
    host.pause(600)


def _drip(host: KeyHost, connection: socket.socket) -> None:
    body = host.body()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode())
    for byte in body:
        if not host.pause(0.2):
            return
        connection.sendall(bytes([byte]))


def _drip_and_close(host: KeyHost, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n")
    while host.pause(0.2):
        connection.sendall(b" ")


def _drip_headers(host: KeyHost, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while host.pause(0.2):
        connection.sendall(b"x")


def _drip_spaces(host: KeyHost, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while host.pause(0.2):
        connection.sendall(b"1\r\n \r\n")


def _huge(host: KeyHost, connection: socket.socket) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {FIFTY_MEGABYTES}\r\n\r\n"
    connection.sendall(head.encode())
    for _ in range(FIFTY_MEGABYTES // 65536):
        host.send(connection, b" " * 65536)


def _reset(host: KeyHost, connection: socket.socket) -> None:
    # Linger of zero: the close becomes a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def _half(host: KeyHost, connection: socket.socket) -> None:
    body = host.body()
    host.answer(connection, body[: len(body) // 2], length=len(body))


@cache
def _packed() -> bytes:
    return gzip.compress(b" " * FIFTY_MEGABYTES, 9)


def _bomb(host: KeyHost, connection: socket.socket) -> None:
    host.answer(connection, _packed(), headers="Content-Encoding: gzip\r\n")


def _gzip(host: KeyHost, connection: socket.socket) -> None:
    body = gzip.compress(host.body())
    host.answer(connection, body, headers="Content-Encoding: gzip\r\n")


def _redirect(status: str) -> Handler:
    def handle(host: KeyHost, connection: socket.socket) -> None:
        location = f"Location: {host.url}elsewhere\r\n"
        host.answer(connection, host.body(), status, location)

    return handle


def _status(status: str) -> Handler:
    # The body is a good one: the status alone must do.
    return lambda host, connection: host.answer(connection, host.body(), status)


def _says(body: bytes, headers: str = "Content-Type: application/json\r\n") -> Handler:
    return lambda host, connection: host.answer(connection, body, headers=headers)


def _many_headers(host: KeyHost, connection: socket.socket) -> None:
    headers = "".join(f"X-{n}: {'y' * 1000}\r\n" for n in range(500))
    host.answer(connection, host.body(), headers=headers)


def _many_keys(host: KeyHost, connection: socket.socket) -> None:
    entry = host.realm.jwks()["keys"][0]
    entries = [entry | {"kid": f"k{n}", "x5c": []} for n in range(65)]
    host.answer(connection, json.dumps({"keys": entries}).encode())


def _other_realm(host: KeyHost, connection: socket.socket) -> None:
    keys = [{"kid": "jky_other", "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]
    host.answer(connection, json.dumps({"keys": keys}).encode())


MODES: dict[str, Handler] = {
    "ok": lambda host, connection: host.answer(connection, host.body()),
    "500": _status("500 Internal Server Error"),
    "503": _status("503 Service Unavailable"),
    "404": _status("404 Not Found"),
    "401": _status("401 Unauthorized"),
    "201": _status("201 Created"),
    "204": lambda host, connection: host.answer(connection, b"", "204 No Content"),
    "301": _redirect("301 Moved Permanently"),
    "302": _redirect("302 Found"),
    "307": _redirect("307 Temporary Redirect"),
    "html": _says(b"<!doctype html><h1>Down</h1>", "Content-Type: text/html\r\n"),
    "empty body": _says(b""),
    "empty set": _says(b'{"keys":[]}'),
    "null": _says(b"null"),
    "a list": _says(b"[]"),
    "keys no list": _says(b'{"keys":{}}'),
    "no usable key": _other_realm,
    "65 keys": _many_keys,
    "deep": _says(b'{"keys":' + b"[" * 60000 + b"]" * 60000 + b"}"),
    "wrong charset": _says('{"keys":[{"kid":"é"}]}'.encode("latin-1")),
    "binary": _says(bytes(range(256)) * 16),
    "cut off": _half,
    "huge": _huge,
    "gzip": _gzip,
    "gzip bomb": _bomb,
    "reset": _reset,
    "closed": lambda host, connection: None,
    "not http": lambda host, connection: connection.sendall(b"\0\1\2hello\r\n\r\n"),
    "many headers": _many_headers,
    "hang": _hang,
    "drip": _drip,
    "drip to the end": _drip_and_close,
    "drip in chunks": _drip_spaces,
    "drip of headers": _drip_headers,
}

#: All but the one that is none.
FAULTS = tuple(mode for mode in MODES if mode != "ok")
