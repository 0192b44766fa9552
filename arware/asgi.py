"""The adapter for ASGI 3: http and websocket."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Unpack

from .auth import Auth
from .errors import Refusal
from .exchange import KEY, Exchange, refusal_in
from .runtime.authenticator import Authenticator
from .runtime.order import check_order
from .runtime.websocket import Websocket, policy_violation
from .web.response import Response
from .web.scope import Application, Message, Receive, Scope, ScopeRequest, Send

if TYPE_CHECKING:
    from .bridge.pages import MountedRealm
    from .settings import Settings, SettingsKeywords

#: Each spelling of the header by which servers and frameworks tell who is there.
_REMOTE_USER = (b"remote-user", b"remote_user")


async def send_response(response: Response, scope: Scope, send: Send) -> None:
    """Answer with *response*; without its body if the request was a HEAD."""
    start = {"type": "http.response.start", "status": response.status}
    await send({**start, "headers": response.raw})
    body = response.body_for(scope.get("method", "GET"))
    await send({"type": "http.response.body", "body": body})


async def _nothing() -> None:
    """Drop what an application sends after its response was replaced."""


class AsgiExchange(Exchange):
    """The exchange of an ASGI application; *send* is the server's."""

    VARY = b"vary"
    CACHE_CONTROL = b"cache-control"
    RAW = True

    def realm_pages(self, mounted: MountedRealm) -> Application:
        """Return the pages of *mounted* as an ASGI application."""
        return mounted.asgi_app

    def publish_remote_user(self, user_id: str | None) -> None:
        """Tell by the header, since a scope has no other place, and let no client."""
        headers = [h for h in self.keys["headers"] if h[0].lower() not in _REMOTE_USER]
        if user_id is not None:
            headers.append((b"remote-user", user_id.encode("latin-1", "replace")))
        self.keys["headers"] = headers

    def replace(self, refusal: Refusal) -> Response:
        """Return the response to *refusal* that takes the application's place."""
        response = self.refused(refusal)
        self.answered = False
        return response

    def answer(self, refusal: Refusal) -> Response:
        """Return the response to *refusal* that the framework has yet to send."""
        response = self.refused(refusal)
        self.started = False
        return response

    def take(self, message: Message) -> Awaitable[None]:
        """
        Be the application's ``send``.

        A plain function that hands on the server's own awaitable: one coroutine less
        for each message.
        """
        if self.response is not None and not self.answered:
            return _nothing()
        if message["type"] == "http.response.start":
            headers = message.get("headers", ())
            if type(headers) is not list:  # any iterable will do, perhaps only once
                headers = list(headers)
            outcome = self.process_response(message["status"], headers)
            if isinstance(outcome, Response):
                return send_response(outcome, self.keys, self.send)
            message = {**message, "headers": outcome}
        sent: Awaitable[None] = self.send(message)
        return sent


class Middleware:
    """
    Log people in above an ASGI application.

    *settings* default to the environment's, *overrides* are fields of
    :class:`~arware.settings.Settings`. Raises
    :class:`~arware.errors.ConfigurationError` with all faults at once.
    """

    #: What takes part in each request; an integration has one of its own.
    exchange_type: type[AsgiExchange] = AsgiExchange

    def __init__(
        self,
        app: Application,
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        authenticator: Authenticator | None = None,
        **overrides: Unpack[SettingsKeywords],
    ) -> None:
        self.app = app
        self.authenticator = authenticator or Authenticator(
            settings, overrides, clock=clock
        )
        check_order(app, self.authenticator.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have the application answer it."""
        kind = scope["type"]
        if kind == "websocket":
            await self._websocket(scope, receive, send)
            return
        if kind != "http":
            await self.app(scope, receive, send)
            return
        authenticator, outer = self.authenticator, scope.get(KEY)
        auth = authenticator.begin_request(ScopeRequest(scope), outer)
        if auth.__class__ is not Auth:
            auth = await authenticator.finish(auth)
            if isinstance(auth, Response):
                await self.respond(auth, scope, send)
                return
        flow, keys, nested = authenticator.flow, dict(scope), auth is outer
        exchange = self.exchange_type(flow, auth, keys, send, nested)
        exchange.publish()
        observer = exchange.observers()
        token = Refusal.observer.set(observer)
        try:
            await exchange.target(self.app)(keys, receive, exchange.take)
        except Exception as error:
            # Some frameworks answer 500 and raise all the same, or raise another error.
            refusal = refusal_in(error)
            ours = exchange.response is not None and not exchange.answered
            if refusal is None or (exchange.started and not ours):
                raise
            if not ours:
                await send_response(exchange.replace(refusal), keys, send)
        finally:
            # Contexts that were copied meanwhile, by tasks and timers, keep the cell:
            # a server makes a timer inside of the last send.
            observer.clear()
            Refusal.observer.reset(token)

    async def respond(self, response: Response, scope: Scope, send: Send) -> None:
        """Answer with *response*, without the application."""
        await send_response(response, scope, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        authenticator, outer = self.authenticator, scope.get(KEY)
        request = ScopeRequest(scope)
        auth = await authenticator.process_websocket(request, outer)
        if auth is None:
            await receive()  # websocket.connect
            await send(policy_violation("login_required"))
            return
        keys = dict(scope)
        exchange = self.exchange_type(authenticator.flow, auth, keys, send)
        exchange.publish()
        websocket = Websocket(authenticator, request, auth, receive, send)
        observer = exchange.observers()
        token = Refusal.observer.set(observer)
        try:
            await self.app(keys, websocket.receive, websocket.send)
        except Exception as error:
            refusal = refusal_in(error)
            if refusal is None or websocket.is_closed:
                raise
            await websocket.close(refusal.reason)
        finally:
            observer.clear()
            Refusal.observer.reset(token)
