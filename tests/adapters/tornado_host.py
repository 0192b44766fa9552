"""
The application of ``whoami.py`` in Tornado, with the adapter of the documentation.

Tornado speaks neither WSGI nor ASGI, so its connection is one over ASGI's messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPInputError,
    HTTPServerRequest,
    RequestStartLine,
)
from tornado.web import Application, ErrorHandler, RequestHandler

from arware.runtime.authenticator import Authenticator
from tests.docs.blocks import ROOT, rst_blocks, run

from .whoami import ROUTES, Answer, Seen, after_login, seen_in, streamed

PAGE = ROOT / "docs" / "how-to" / "write-your-own-integration.rst"

(BLOCK,) = (block for block in rst_blocks(PAGE) if block.name == "arware_tornado.py")

if TYPE_CHECKING:

    class AuthHandler(RequestHandler):
        """The class of that block."""

        exchange: Any

else:
    AuthHandler = run(BLOCK, PAGE)["AuthHandler"]

#: Tests of the suite that say nothing about Tornado, by the reason.
BEYOND = {
    "it has no mounts": (
        "test_t57_a_mounted_application[tornado",
        "test_t57_the_root_of_a_mount[tornado",
        "test_t57_prefixes_lie_below_the_mount[tornado",
        "test_t57_a_mount_is_taken_off_by_whole_segments[tornado",
        "test_f15_a_slash_at_the_end_of_a_mount_means_nothing[tornado",
        "test_f29_below_a_mount[tornado",
        "test_f2_a_header_that_moves_the_root_earns_no_exemption[tornado",
    ),
    "it nests no adapters": ("test_t57_a_bad_cookie_is_cleared_once[tornado",),
    "it has no word of its own for who is there": (
        "test_f5_no_client_says_who_is_there[tornado",
        "test_f5_nor_where_nobody_is_looked_for[tornado",
    ),
    "its server refuses this Cookie header by itself": (
        "test_t47_a_strange_neighbour_does_not_stop_the_parser[tornado-x=",
    ),
}


def seen_by(handler: Any) -> Seen:
    """Read what a Tornado handler sees."""
    keys, request = handler.exchange.keys, handler.request
    return seen_in(
        keys,
        remote_user=None,  # Tornado has no such thing
        path=handler.exchange.auth.request.path,
        method=request.method,
        query=dict(parse_qsl(request.query)),
        body=request.body,
    )


def answer_with(handler: RequestHandler, answer: Answer) -> None:
    """Translate an answer."""
    handler.set_status(answer.status)
    if answer.status == 204:
        handler.clear_header("Content-Type")
    names = {name for name, _ in answer.all_headers}
    for name in names:
        handler.clear_header(name)
    for name, value in answer.all_headers:
        handler.add_header(name, value)
    if answer.body:
        handler.write(answer.body)


def handler_of(route: Callable[[Seen], Answer], **options: Any) -> Any:
    """Return a handler whose methods are *route*."""

    def view(self: Any) -> None:
        answer_with(self, route(seen_by(self)))

    methods = dict.fromkeys(("get", "head", "post", "put", "delete", "options"), view)
    return type("Route", (AuthHandler,), {**methods, **options})


class Login(AuthHandler):
    """Log in and fetch keys."""

    async def get(self) -> None:
        """Answer with who it is now."""
        seen = seen_by(self)
        await seen.auth.alogin(seen.query["with"])
        answer_with(self, after_login(seen))


class Stream(AuthHandler):
    """Answer in parts."""

    async def get(self) -> None:
        """Send each part by itself."""
        self.set_header("Content-Type", "text/plain")
        for part in streamed(seen_by(self).auth, self.get_argument("with", None)):
            self.write(part)
            await self.flush()


class Missing(AuthHandler, ErrorHandler):
    """Answer where there is no such page."""

    async def prepare(self) -> None:
        """Find out who it is, and raise."""
        await AuthHandler.prepare(self)
        if not self._finished:
            ErrorHandler.prepare(self)

    def log_exception(self, *_: Any) -> None:
        """Say nothing."""


class Connection(HTTPConnection):
    """Where Tornado writes its response to: ASGI's messages."""

    def __init__(self, scope: Any) -> None:
        self.context = SimpleNamespace(
            remote_ip=(scope.get("client") or ("",))[0], protocol=scope["scheme"]
        )
        self.messages: asyncio.Queue[Any] = asyncio.Queue()

    def write_headers(
        self, start_line: Any, headers: HTTPHeaders, chunk: bytes | None = None
    ) -> asyncio.Future[None]:
        """Begin the response."""
        pairs = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers.get_all()
        ]
        start = {"type": "http.response.start", "status": start_line.code}
        self.messages.put_nowait(start | {"headers": pairs})
        return self.write(chunk or b"")

    def write(self, chunk: bytes) -> asyncio.Future[None]:
        """Go on with the body."""
        body = {"type": "http.response.body", "body": chunk, "more_body": True}
        self.messages.put_nowait(body)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    def finish(self) -> None:
        """End the response."""
        self.messages.put_nowait({"type": "http.response.body", "body": b""})

    def set_close_callback(self, _: Any) -> None:
        """Tell nobody: nobody hangs up."""


def request_of(scope: Any, body: bytes, connection: Connection) -> HTTPServerRequest:
    """Return the request that Tornado's server would have made of *scope*."""
    headers = HTTPHeaders()
    for name, value in scope["headers"]:
        headers.add(name.decode("latin-1"), value.decode("latin-1").strip(" \t"))
    path = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    line = RequestStartLine(
        scope["method"], f"{path}?{query}" if query else path, "HTTP/1.1"
    )
    return HTTPServerRequest(
        start_line=line, headers=headers, body=body, connection=connection
    )


def make_application(adapter: dict[str, Any]) -> Any:
    """Return the application over ASGI."""
    options = {name: adapter.pop(name) for name in ("clock",) if name in adapter}
    settings = adapter.pop("settings", None)
    authenticator = Authenticator(settings, adapter, by_view=True, **options)
    routes = [(quote(path), handler_of(route)) for path, route in ROUTES.items()]
    tornado = Application(
        [*routes, ("/alogin-by-app", Login), ("/stream", Stream)],
        default_handler_class=Missing,
        default_handler_args={"status_code": 404},
        authenticator=authenticator,
        log_function=lambda _: None,
    )

    async def application(scope: Any, receive: Any, send: Any) -> None:
        connection = Connection(scope)
        body = (await receive()).get("body", b"")
        try:
            tornado(request_of(scope, body, connection))
        except HTTPInputError:  # as Tornado's own server does
            connection.write_headers(SimpleNamespace(code=400), HTTPHeaders())
            connection.finish()
        more = True
        while more:
            message = await connection.messages.get()
            await send(message)
            more = message["type"] == "http.response.start" or "more_body" in message

    return application
