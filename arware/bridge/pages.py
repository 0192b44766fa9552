"""
A realm that an adapter serves: its pages, which are WSGI, for each interface.

They are small, so under ASGI neither a request nor an answer is streamed. There they
run in threads of their own: to hash a password takes its time, and the threads of the
application are its own.
"""

from __future__ import annotations

import io
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from arware.web.scope import ScopeRequest

from .threads import Crowded, Threads

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

    from arware.web.request import Request
    from arware.web.scope import Receive, Scope, Send

    Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

#: The longest body that is taken, in bytes: the pages have forms, no uploads.
LONGEST_BODY = 1 << 20
#: How long anybody waits for a page, in seconds.
PATIENCE = 60.0

_PLAIN = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store")]
#: Answers to what no page is asked for.
TOO_LARGE = 413, _PLAIN, b"Request too large\n"
UNSUPPORTED = 415, _PLAIN, b"Unsupported media type\n"
_BUSY = 503, [*_PLAIN, (b"retry-after", b"5")], b"Service unavailable\n"


class MountedRealm:
    """The pages of *realm*, which an adapter serves below the path of its address."""

    def __init__(self, realm: Any) -> None:
        self.wsgi_app: WSGIApplication = realm.wsgi_app
        self._threads = Threads("arware-realm")

    async def asgi_app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Be the realm as an ASGI application, for http."""
        body = await _body_of(receive)
        if body is None:
            return  # nobody waits any more
        answer = TOO_LARGE
        if len(body) <= LONGEST_BODY:
            answer = await self.aanswer(environ_of(scope, body))
        status, headers, page = answer
        start = {"type": "http.response.start", "status": status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": page})

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Return the whole answer to *environ*."""
        return _answer_of(self.wsgi_app, environ)

    async def aanswer(self, environ: WSGIEnvironment) -> Answer:
        """Return it without blocking the loop: a thread of ours makes the page."""
        # In our context, whose exchange hears of a login.
        try:
            return await self._threads.run(partial(self.answer, environ), PATIENCE)
        except Crowded:
            return _BUSY


async def _body_of(receive: Receive) -> bytes | None:
    """Return the body, or the beginning of one that is too long; ``None`` for none."""
    body, more = bytearray(), True
    while more and len(body) <= LONGEST_BODY:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def environ_of(scope: Scope, body: bytes) -> WSGIEnvironment:
    """Return the environ that a WSGI server would make of *scope* (PEP 3333)."""
    request: Request = ScopeRequest(scope)
    name, port = scope.get("server") or ("localhost", 80)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _as_wsgi(request.mount),
        "PATH_INFO": _as_wsgi(request.path),
        "QUERY_STRING": request.query,
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "SERVER_NAME": str(name),
        "SERVER_PORT": str(port or 80),
        "REMOTE_ADDR": request.client,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if request.raw_path is not None:
        environ["RAW_URI"] = request.raw_path
    for raw_name, value in scope["headers"]:
        _add_header(environ, raw_name.decode("latin-1"), value.decode("latin-1"))
    return environ | {key: scope[key] for key in scope if key[:11] == "authrocket."}


def _add_header(environ: WSGIEnvironment, name: str, value: str) -> None:
    # One with an underscore could pose as another, `Proxy` as a setting. The body is
    # here as a whole.
    if "_" in name or name in ("content-length", "transfer-encoding", "proxy"):
        return
    key = name.upper().replace("-", "_")
    if key != "CONTENT_TYPE":
        key = f"HTTP_{key}"
    joint = "; " if name == "cookie" else ","
    environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value


def _as_wsgi(path: str) -> str:
    """Return *path* as WSGI spells it."""
    return path.encode("utf-8", "surrogateescape").decode("latin-1")


def _answer_of(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Return the whole answer of *app*."""
    started: list[Any] = []
    parts: list[bytes] = []

    def start(status: str, headers: Any, _: Any = None) -> Any:
        started[:] = [int(status[:3]), headers]
        return parts.append

    body = app(environ, start)
    try:
        parts.extend(body)
    finally:
        getattr(body, "close", bool)()  # if it wants that (PEP 3333)
    status, headers = started
    raw = [(k.lower().encode("latin-1"), v.encode("latin-1")) for k, v in headers]
    return status, raw, b"".join(parts)
