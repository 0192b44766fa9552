"""Call a WSGI or ASGI application as a conforming server does, without a socket."""

from __future__ import annotations

import asyncio
import inspect
import io
import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]
WSGIApplication = Callable[..., Iterable[bytes]]

#: What a request target may hold besides letters and digits; more is escaped.
_TARGET = "!$%&'()*+,-./:;=?@[]_~\\"


class ProtocolBreach(Exception):
    """The application broke a rule of WSGI or ASGI that a server relies on."""


@dataclass(frozen=True, slots=True)
class Call:
    """
    One request, as it stands on the wire.

    *target* is path and query below *mount* (``SCRIPT_NAME``, ``root_path``), percent
    encoded; what no target may hold, like the é of ``/café``, is encoded for you.
    Without *raw_target* the server keeps the target to itself: no ``RAW_URI``, no
    ``raw_path``.
    """

    method: str = "GET"
    target: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    origin: str = "http://localhost"
    mount: str = ""
    raw_target: bool = True

    @property
    def line(self) -> str:
        """The target of the request line, mount included."""
        return quote(self.mount + self.target, safe=_TARGET)

    @property
    def url(self) -> str:
        """The URL that was asked for."""
        return self.origin + self.line


@dataclass(frozen=True, slots=True)
class Response:
    """What the application answered; *url* is the one that was asked for."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    url: str = ""

    def all(self, name: str) -> list[str]:
        """Return the values of every header called *name*."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """Return the one header called *name*, or ``None``."""
        values = self.all(name)
        if len(values) > 1:
            raise ProtocolBreach(f"{name} was sent {len(values)} times")
        return values[0] if values else None

    @property
    def location(self) -> str:
        """Where a redirect leads; empty when it is none."""
        return self.header("Location") or ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body, read as JSON."""
        return json.loads(self.body)


def call(app: Any, request: Call) -> Response:
    """Call *app*, of either kind, and collect its answer."""
    if is_asgi(app):
        return asyncio.run(call_asgi(app, request))
    return call_wsgi(app, request)


def is_asgi(app: Any) -> bool:
    """Tell whether *app* is an ASGI application: its call is a coroutine."""
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(
        type(app).__call__
    )


def wsgi_environ(request: Call) -> dict[str, Any]:
    """Return the environ of *request*: PEP 3333's text, which is bytes in latin-1."""
    parts = urlsplit(request.origin)
    path, _, query = request.line.partition("?")
    mount = quote(request.mount, safe=_TARGET)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": unquote_to_bytes(mount).decode("latin-1"),
        "PATH_INFO": unquote_to_bytes(path[len(mount) :]).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": parts.hostname or "localhost",
        "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": parts.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    if request.raw_target:
        environ["RAW_URI"] = request.line
    if request.body:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    seen: set[str] = set()
    for name, value in request.headers:
        key = name.upper().replace("-", "_")
        key = key if key == "CONTENT_TYPE" else f"HTTP_{key}"
        joint = "; " if key == "HTTP_COOKIE" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in seen else value
        seen.add(key)
    return environ


def call_wsgi(app: WSGIApplication, request: Call) -> Response:
    """Call *app*, walk its body to the end, close it, and return the answer."""
    started: list[tuple[str, list[tuple[str, str]]]] = []
    chunks: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], None]:
        if exc_info is not None and any(chunks):
            raise exc_info[1].with_traceback(exc_info[2])
        if started and exc_info is None:
            raise ProtocolBreach("start_response was called twice")
        started[:] = [(status, list(headers))]
        return chunks.append

    body = app(wsgi_environ(request), start_response)
    try:
        for chunk in body:
            if not started:
                raise ProtocolBreach("the body began before start_response")
            chunks.append(chunk)
    finally:
        close = getattr(body, "close", None)
        if close is not None:
            close()
    if not started:
        raise ProtocolBreach("start_response was never called")
    status, given = started[0]
    # White space around a value is no part of it (RFC 9110 section 5.5); Django puts
    # some before its cookies.
    headers = tuple((name, value.strip(" \t")) for name, value in given)
    return Response(int(status[:3]), headers, b"".join(chunks), request.url)


def asgi_scope(request: Call, kind: str = "http") -> dict[str, Any]:
    """Return the scope of *request*; *kind* is ``http`` or ``websocket``."""
    parts = urlsplit(request.origin)
    path, _, query = request.line.partition("?")
    scheme = parts.scheme
    headers = [("host", parts.netloc), *request.headers]
    if request.body:
        headers.append(("content-length", str(len(request.body))))
    scope: dict[str, Any] = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": scheme if kind == "http" else scheme.replace("http", "ws"),
        # As uvicorn does: bytes that are not UTF-8 are replaced.
        "path": unquote(path, "utf-8", "replace"),
        "query_string": query.encode("ascii"),
        "root_path": unquote(request.mount),
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers
        ],
        "client": ("127.0.0.1", 50000),
        "server": (parts.hostname, parts.port or (443 if scheme == "https" else 80)),
        "extensions": {},
    }
    if kind == "http":
        scope["method"] = request.method
    else:
        scope["subprotocols"] = []
    if request.raw_target:
        scope["raw_path"] = path.encode("ascii")
    return scope


class _Listener:
    """Take an application's messages and insist on their order."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.chunks: list[bytes] = []
        self.done = asyncio.Event()

    async def send(self, message: Message) -> None:
        """Take one message, or raise :class:`ProtocolBreach`."""
        kind = message["type"]
        if self.done.is_set():
            raise ProtocolBreach(f"{kind} was sent after the end")
        if kind == "http.response.start" and not self.status:
            self.status = message["status"]
            self.headers = tuple(_header(*pair) for pair in message.get("headers", ()))
        elif kind == "http.response.body" and self.status:
            self.chunks.append(message.get("body", b""))
            if not message.get("more_body", False):
                self.done.set()
        else:
            raise ProtocolBreach(f"{kind} was sent out of order")


def _header(name: Any, value: Any) -> tuple[str, str]:
    if not isinstance(name, bytes) or not isinstance(value, bytes):
        raise ProtocolBreach(f"the header {name!r} is not bytes")
    # The specification wants names in lower case; Django sends others, and servers
    # put up with it.
    return name.decode("latin-1"), value.decode("latin-1")


async def call_asgi(app: ASGIApplication, request: Call) -> Response:
    """Call *app* with the whole body at once and collect its answer."""
    listener = _Listener()
    bodies = [request.body]

    async def receive() -> Message:
        if bodies:
            body = bodies.pop()
            return {"type": "http.request", "body": body, "more_body": False}
        await listener.done.wait()
        return {"type": "http.disconnect"}

    await app(asgi_scope(request), receive, listener.send)
    if not listener.done.is_set():
        raise ProtocolBreach("the application returned before its answer was complete")
    body = b"".join(listener.chunks)
    return Response(listener.status, listener.headers, body, request.url)


async def call_websocket(
    app: ASGIApplication, request: Call, texts: Iterable[str] = ()
) -> list[Message]:
    """
    Open a websocket, send *texts*, hang up; return all that *app* sent.

    Each text is asked for when *app* receives it.
    """
    sent: list[Message] = []
    coming: Iterator[Message] = chain(
        [{"type": "websocket.connect"}],
        ({"type": "websocket.receive", "text": text} for text in texts),
        [{"type": "websocket.disconnect", "code": 1000}],
    )

    async def receive() -> Message:
        return next(coming)

    async def send(message: Message) -> None:
        if sent and sent[-1]["type"] == "websocket.close":
            raise ProtocolBreach(f"{message['type']} was sent after the close")
        sent.append(message)

    await app(asgi_scope(request, "websocket"), receive, send)
    return sent
