"""
The adapter for Starlette: the ASGI middleware and an exception handler, in one call.

::

    app = Starlette(routes=[...])
    install(app)

    async def reports(request):
        auth(request).require(permission="reports:read")
        ...
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack

from .asgi import AsgiExchange, Middleware
from .errors import ConfigurationError, Refusal
from .exchange import KEY
from .framework_session import (
    belongs_to_another,
    mark,
    must_be_emptied,
    session_may_fail,
)
from .runtime.authenticator import Authenticator
from .runtime.order import (
    SESSIONS,
    check_order,
    kinds_of,
    stands_outside,
    warn_of_mounted_sessions,
)
from .settings import Fault
from .settings.extras import extra

with extra("starlette"):
    from starlette.applications import Starlette
    from starlette.middleware import Middleware as Layer
    from starlette.requests import HTTPConnection
    from starlette.responses import Response as StarletteResponse

if TYPE_CHECKING:
    from .auth import Auth
    from .settings import Settings, SettingsKeywords
    from .web.response import Response
    from .web.scope import Scope, Send

__all__ = ["auth", "install"]

_OURS = (Middleware.__module__, Middleware.__qualname__)


def install(
    app: Starlette,
    settings: Settings | None = None,
    *,
    clock: Callable[[], float] = time.time,
    **overrides: Unpack[SettingsKeywords],
) -> None:
    """
    Log people in to *app*, a Starlette or FastAPI application.

    *settings* default to the environment's, *overrides* are fields of
    :class:`~arware.settings.Settings`. They are read now: raises
    :class:`~arware.errors.ConfigurationError` with all faults at once, also if *app*
    has one already or has started.

    Middlewares that were added before stand inside and know who is there; those that
    are added later stand outside. Starlette's own for CORS, sessions, hosts and https
    stand outside in any case, as does uvicorn's for proxies: they are moved there. A
    handler of the application's own for :class:`~arware.errors.Refusal` is left in its
    place.
    """
    faults = _faults_of(app)
    try:
        authenticator = Authenticator(settings, overrides, clock=clock)
    except ConfigurationError as error:
        raise ConfigurationError([*faults, *error.faults]) from None
    if faults:
        raise ConfigurationError(faults)
    layers = app.user_middleware
    layers.sort(key=stands_outside, reverse=True)  # each kind keeps its order
    layer = Layer(_StarletteMiddleware, authenticator=authenticator)
    layers.insert(sum(map(stands_outside, layers)), layer)
    app.exception_handlers.setdefault(Refusal, _answer)


def auth(connection: HTTPConnection) -> Auth:
    """Return the auth object of a request or a websocket."""
    found: Auth | None = connection.scope.get(KEY)
    if found is None:
        raise ConfigurationError([_fault_without_auth(connection.scope)])
    return found


class _StarletteExchange(AsgiExchange):
    """The exchange of a Starlette application, whose session follows the login."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        #: That of an application mounted below takes its place in the scope.
        self.session: Any = self.keys.get("session")

    def publish(self) -> None:
        """Set the auth object's keys, and leave nobody the session of another."""
        super().publish()
        if self.session and belongs_to_another(self.session, self.auth):
            self.session.clear()

    def follow(self, owner: str | None, former: str | None) -> None:
        """Have Starlette's session be that of *owner*."""
        _follow(self.session, owner, former)

    def process_response(self, *arguments: Any) -> Any:
        """Return what is to be sent; the session says whose it is."""
        self.mark_session()
        return super().process_response(*arguments)

    def mark_session(self) -> None:
        """Have Starlette's session say whose it is."""
        if self.session:
            mark(self.session, self.auth)


class _StarletteMiddleware(Middleware):
    """The middleware of a Starlette application."""

    exchange_type = _StarletteExchange

    def __init__(self, app: Any, authenticator: Authenticator) -> None:
        super().__init__(app, authenticator=authenticator)
        # It follows the login, so it has to be seen.
        check_order(app, authenticator.settings, SESSIONS)
        warn_of_mounted_sessions(app, _OURS)

    async def respond(self, response: Response, scope: Scope, send: Send) -> None:
        """Answer with *response*; the session follows who has logged in or out."""
        if response.changes_login:
            with session_may_fail():
                _follow(scope.get("session"), response.logs_in, response.replaces)
        await super().respond(response, scope, send)


def _follow(session: Any, owner: str | None, former: str | None) -> None:
    if session and must_be_emptied(session, owner, former):
        session.clear()


async def _answer(request: HTTPConnection, refusal: Exception) -> StarletteResponse:
    """Answer *refusal* with the response of the adapter above."""
    above = Refusal.observer.get()
    # A websocket is closed by the adapter, which knows whether it is closed already.
    if not above or not isinstance(refusal, Refusal) or request.scope["type"] != "http":
        raise refusal
    response = above[0].answer(refusal)
    body = response.body_for(request.scope["method"])
    answer = StarletteResponse(body, response.status)
    answer.raw_headers = response.raw
    return answer


# --- Where the middleware stands ---------------------------------------------------


def _is_installed(app: Any) -> bool:
    layers = getattr(app, "user_middleware", ())
    return any(_OURS in kinds_of(layer.cls) for layer in layers)


def _fault_without_auth(scope: Scope) -> Fault:
    path = scope["path"]
    if _is_installed(scope.get("app")):
        problem = (
            f"{path} is handled outside of arware's middleware, where nobody is known"
        )
        fix = "Ask in a view, or in a middleware that is added before install(app)"
        return _fault(problem, fix)
    return _fault(f"{path} has no auth object", "Call install(app) at start")


def _faults_of(app: Starlette) -> list[Fault]:
    if not isinstance(app, Starlette):
        problem = (
            f"it was given {type(app).__name__}, not a Starlette or FastAPI application"
        )
        return [
            _fault(problem, "Install before anything is put around the application")
        ]
    faults = []
    if _is_installed(app):
        problem = "the application has a middleware of arware already"
        faults.append(_fault(problem, "Call it once, without adding the middleware"))
    if app.middleware_stack is not None:
        problem = "the application has started, so no middleware can be added"
        faults.append(_fault(problem, "Call it where the application is made"))
    return faults


def _fault(problem: str, fix: str) -> Fault:
    return Fault("install", None, problem, fix)
