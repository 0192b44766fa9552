"""HTTP servers on loopback: one keeps what it is asked, one misbehaves."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire; header names are lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    peer: int

    @property
    def path(self) -> str:
        """The target without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query as it was written."""
        return self.target.partition("?")[2]

    @property
    def json(self) -> Any:
        """The body, read as JSON; ``None`` if there is none."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Response:
    """What to answer; *body* is sent as it is if it is bytes, else as JSON."""

    body: Any = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Api:
    """
    An API that answers as it is told and keeps what it was asked.

    Responses are taken in turn from *responses*; without any, *answer* is asked.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v2"
        self.port = port
        self.seen: list[Seen] = []
        self.responses: list[Response] = []
        self.answer: Callable[[Seen], Response] = lambda seen: Response(
            {"object": "thing"}
        )
        self.lock = threading.Lock()

    @property
    def last(self) -> Seen:
        """The request that came last."""
        return self.seen[-1]

    def will(self, body: Any = None, status: int = 200, **headers: str) -> None:
        """Answer the next request so; a header's name is written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.responses.append(Response({} if body is None else body, status, named))

    def response(self, seen: Seen) -> Response:
        """Keep *seen* and return what to say."""
        with self.lock:
            self.seen.append(seen)
            if self.responses:
                return self.responses.pop(0)
        return self.answer(seen)


@contextmanager
def api() -> Iterator[Api]:
    """Run an :class:`Api`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(
                self.command,
                self.path,
                headers,
                self.rfile.read(length),
                self.client_address[1],
            )
            response = served.response(seen)
            body = response.body
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
            self.send_response_only(response.status)
            given = {name.lower() for name in response.headers}
            for name, value in response.headers.items():
                self.send_header(name, value)
            if "content-length" not in given and response.status != 204:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            if response.status != 204:
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - its names

        def log_message(self, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    served = Api(server.server_port)
    with _in_thread(server):
        yield served


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that hung up is what some tests are about


@contextmanager
def _in_thread(server: _Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        for connection in list(server.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        server.server_close()
        thread.join(5)


class Raw:
    """A socket server whose every connection is handled by *act*."""

    def __init__(self, act: Callable[[socket.socket, bytes], None]) -> None:
        self.act = act
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v2"
        self.connections = 0
        self.requests: list[bytes] = []
        self.ended = threading.Event()
        self._held: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self._held.append(connection)
            thread = threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            while not self.ended.is_set():
                request = b""
                while b"\r\n\r\n" not in request:
                    data = connection.recv(65536)
                    if not data:
                        return
                    request += data
                self.requests.append(request)
                self.act(connection, request)

    def close(self) -> None:
        """End it, and every connection."""
        self.ended.set()
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self._held:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)


@contextmanager
def raw(act: Callable[[socket.socket, bytes], None]) -> Iterator[Raw]:
    """Run a :class:`Raw` server."""
    server = Raw(act)
    try:
        yield server
    finally:
        server.close()


class Relay:
    """A relay to a port of this host that may lose the connections it has."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._lost: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    def _start(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._open += [near, far]
                self._start(self._pass, near, far)
                self._start(self._pass, far, near)

    def _pass(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if source not in self._lost:
                    sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def stall(self) -> None:
        """Pass on nothing more that comes through the connections there are."""
        self._lost.update(self._open)

    def cut(self) -> None:
        """End the connections there are."""
        for each in self._open:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it, and every connection."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(5)
        self.cut()
        for thread in self._threads:
            thread.join(5)
        for each in self._open:
            each.close()


@contextmanager
def relay(target: int) -> Iterator[Relay]:
    """Run a :class:`Relay` to the port *target*."""
    served = Relay(target)
    try:
        yield served
    finally:
        served.close()
