"""The adapter for ASGI 3: http and websocket."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from .auth import Auth
from .errors import Refusal, observer
from .runtime.authenticator import Authenticator
from .web.request import Request
from .web.response import Response

if TYPE_CHECKING:
    from .core.flow import Flow
    from .settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

KEY = "authrocket.auth"

_SCHEMES = {"ws": "http", "wss": "https"}
_TLS = ("https", "wss")
#: After these nothing may be sent to a websocket but the rest of a denial's body.
_CLOSING = ("websocket.close", "websocket.http.response.start")
_PREFLIGHT = b"access-control-request-method"
#: The headers that a request is told by.
_TELLING = frozenset((b"cookie", b"authorization", _PREFLIGHT))


class ScopeRequest(Request):
    """A request as an ASGI scope tells of it."""

    __slots__ = ("_mount", "scope")

    @property
    def method(self) -> str:  # type: ignore[override] # read when it is asked for
        """The method; a websocket's handshake is a GET."""
        method: str = self.scope.get("method", "GET")
        return method

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        root = scope.get("root_path")
        self._mount, self.path = "", scope["path"]
        if root:
            self._mount, self.path = _split_path(self.path, root)
        self.secure = scope.get("scheme") in _TLS
        query = scope.get("query_string")
        self.query = query.decode("latin-1") if query else ""
        cookie: str | None = None
        authorizations: tuple[str, ...] = ()
        plain = True
        for name, value in scope["headers"]:
            if name in _TELLING:
                text = value.decode("latin-1")
                if name != b"cookie":
                    plain = False
                    if name != _PREFLIGHT:
                        authorizations += (text,)
                else:
                    # HTTP/2 may split the header (RFC 9113 section 8.2.3).
                    cookie = text if cookie is None else f"{cookie}; {text}"
        self.cookie = cookie
        self.authorizations = authorizations
        self.plain = plain

    def header(self, name: str) -> str | None:
        """Return the value of the header *name* (lower case), ``None`` if absent."""
        wanted = name.encode("ascii")
        for key, value in self.scope["headers"]:
            if key == wanted:
                text: str = value.decode("latin-1")
                return text
        return None

    @property
    def scheme(self) -> str:
        """``http`` or ``https``, as the server says."""
        scheme: str = self.scope.get("scheme", "http")
        return _SCHEMES.get(scheme, scheme)

    @property
    def host(self) -> str:
        """The host the request asks for, with port, unchecked."""
        host = self.header("host")
        if host:
            return host
        name, port = self.scope.get("server") or ("", None)
        return f"{name}:{port}" if port else str(name)

    @property
    def mount(self) -> str:
        """Where the application is mounted, decoded; empty at the root."""
        return self._mount

    @property
    def raw_path(self) -> str | None:
        """The path as the browser wrote it, mount included, if the server tells."""
        raw = self.scope.get("raw_path")
        return raw.partition(b"?")[0].decode("latin-1") if raw else None


def _split_path(path: str, root: str) -> tuple[str, str]:
    """Return mount and path below it; ``root_path`` counts by whole segments only."""
    root = root.rstrip("/")
    if path.startswith(root) and path[len(root) : len(root) + 1] in ("", "/"):
        return root, path[len(root) :]
    return root, path


class Middleware:
    """
    Log people in above an ASGI application.

    *settings* default to the environment's, *overrides* are fields of
    :class:`~arware.settings.Settings`. Raises
    :class:`~arware.errors.ConfigurationError` with all faults at once.
    """

    def __init__(
        self,
        app: Application,
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        **overrides: Any,
    ) -> None:
        self.app = app
        self._authenticator = Authenticator(settings, overrides, clock=clock)
        self._flow = self._authenticator.flow
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application answer it."""
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        outer = scope.get(KEY)
        request = ScopeRequest(scope)
        auth = self._flow.glance(request, self._clock(), outer)
        if auth is None:
            entered = await self._authenticator.aenter(request, outer)
            if isinstance(entered, Response):
                await send_response(entered, scope, send)
                return
            if entered is outer:
                await self.app(scope, receive, send)
                return
            auth = entered
        scope = dict(scope)
        auth.publish(scope)
        answer = _Answer(self._flow, auth, scope, send)
        token = observer.set(answer)
        try:
            await self.app(scope, receive, answer.send)
        except Refusal as refusal:
            # Some frameworks answer 500 and raise all the same.
            if not answer.replaced:
                await answer.refuse(refusal)
        finally:
            observer.reset(token)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        outer = scope.get(KEY)
        auth = await self._authenticator.aenter_websocket(ScopeRequest(scope), outer)
        if auth is None:
            await _refuse_websocket(receive, send)
            return
        if auth is not outer:
            scope = dict(scope)
            auth.publish(scope)
        closed = False

        def watched(message: Message) -> Awaitable[None]:
            nonlocal closed
            closed = closed or message["type"] in _CLOSING
            return send(message)

        try:
            await self.app(scope, receive, watched)
        except Refusal as refusal:
            if closed:
                raise
            await send(_policy_violation(refusal.reason))


async def _refuse_websocket(receive: Receive, send: Send) -> None:
    """Close before the handshake is accepted: policy violation (RFC 6455, 7.4.1)."""
    await receive()  # websocket.connect
    await send(_policy_violation("login_required"))


def _policy_violation(reason: str) -> Message:
    return {"type": "websocket.close", "code": 1008, "reason": reason}


async def send_response(response: Response, scope: Scope, send: Send) -> None:
    """Answer with *response*; without its body if the request was a HEAD."""
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers
    ]
    await send(
        {"type": "http.response.start", "status": response.status, "headers": headers}
    )
    body = b"" if scope.get("method") == "HEAD" else response.body
    await send({"type": "http.response.body", "body": body})


async def _nothing() -> None:
    """Drop what an application sends after its answer was replaced."""


class _Answer:
    """The application's answer on its way out."""

    __slots__ = ("_flow", "_scope", "_send", "replaced", "started", "auth")

    def __init__(self, flow: Flow, auth: Auth, scope: Scope, send: Send) -> None:
        self._flow = flow
        self._scope = scope
        self._send = send
        self.auth = auth
        self.started = False
        self.replaced = False

    def note(self, refusal: Refusal) -> None:
        """Have the auth object remember *refusal*."""
        self.auth.note(refusal)

    def changed(self, auth: Auth) -> None:
        """Show *auth* anew in the scope."""
        if auth is self.auth:
            auth.publish(self._scope)

    def send(self, message: Message) -> Awaitable[None]:
        """
        Be the application's ``send``.

        A plain function that hands on the server's own awaitable: one coroutine less
        for each message.
        """
        if self.replaced:
            return _nothing()
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            if type(headers) is not list:  # any iterable will do, perhaps only once
                headers = list(headers)
            vary = cache_control = None
            for name, value in headers:
                size = len(name)
                if size == 4 and name.lower() == b"vary":
                    text = value.decode("latin-1")
                    vary = text if vary is None else f"{vary}, {text}"
                elif size == 13 and name.lower() == b"cache-control":
                    cache_control = value.decode("latin-1")
            status = message["status"]
            outcome = self._flow.leave(self.auth, status, vary, cache_control)
            self.started = True
            if isinstance(outcome, Response):
                self.replaced = True
                return send_response(outcome, self._scope, self._send)
            if outcome.replaced:
                headers = _without(headers, outcome.replaced)
            message = {**message, "headers": [*headers, *outcome.raw]}
        return self._send(message)

    async def refuse(self, refusal: Refusal) -> None:
        """Answer to a refusal that the application let through."""
        if self.started:
            raise refusal
        self.auth.note(refusal)
        self.started = self.replaced = True
        response = self._flow.refuse(self.auth)
        await send_response(response, self._scope, self._send)


Headers = list[tuple[bytes, bytes]]


def _without(headers: Headers, names: frozenset[str]) -> Headers:
    return [item for item in headers if item[0].decode("latin-1").lower() not in names]
