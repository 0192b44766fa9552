"""The adapter for WSGI (PEP 3333)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import Token
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from .auth import Auth
from .errors import Refusal, observer
from .runtime.authenticator import Authenticator
from .web.request import Request
from .web.response import Additions, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .core.flow import Flow
    from .settings import Settings

KEY = "authrocket.auth"

_PREFLIGHT = "HTTP_ACCESS_CONTROL_REQUEST_METHOD"


class EnvironRequest(Request):
    """A request as a WSGI environ tells of it."""

    __slots__ = ("_script_name", "environ")

    def __init__(self, environ: WSGIEnvironment, path: str | None = None) -> None:
        get = environ.get
        # A copy: the environ will hold the auth object, which holds this.
        self.environ = environ.copy()
        # Kept now: dispatchers and Django write to it before the answer starts.
        self._script_name = get("SCRIPT_NAME", "")
        self.method = environ["REQUEST_METHOD"]
        self.path = _decoded(get("PATH_INFO", "") if path is None else path)
        self.query = get("QUERY_STRING", "")
        self.secure = environ["wsgi.url_scheme"] == "https"
        self.cookie = get("HTTP_COOKIE")
        authorization = get("HTTP_AUTHORIZATION")
        self.authorizations = () if authorization is None else (authorization,)
        self.plain = authorization is None and _PREFLIGHT not in environ

    def header(self, name: str) -> str | None:
        """Return the value of the header *name* (lower case), ``None`` if absent."""
        value: str | None = self.environ.get(f"HTTP_{name.upper().replace('-', '_')}")
        return value

    @property
    def scheme(self) -> str:
        """``http`` or ``https``, as the server says."""
        scheme: str = self.environ["wsgi.url_scheme"]
        return scheme

    @property
    def host(self) -> str:
        """The host the request asks for (PEP 3333, URL reconstruction)."""
        environ = self.environ
        return (
            environ.get("HTTP_HOST")
            or f"{environ.get('SERVER_NAME')}:{environ.get('SERVER_PORT')}"
        )

    @property
    def mount(self) -> str:
        """Where the application is mounted, decoded; empty at the root."""
        return _decoded(self._script_name)

    @property
    def raw_path(self) -> str | None:
        """The path as the browser wrote it, mount included, if the server tells."""
        target = self.environ.get("RAW_URI") or self.environ.get("REQUEST_URI")
        return target.partition("?")[0] if isinstance(target, str) else None


def _decoded(path: str) -> str:
    """Return *path*, which WSGI spells in latin-1, as the UTF-8 text it is."""
    if path.isascii():
        return path
    return path.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


class Middleware:
    """
    Log people in above a WSGI application.

    *settings* default to the environment's, *overrides* are fields of
    :class:`~arware.settings.Settings`. Raises
    :class:`~arware.errors.ConfigurationError` with all faults at once.
    """

    def __init__(
        self,
        app: WSGIApplication,
        settings: Settings | None = None,
        *,
        clock: Callable[[], float] = time.time,
        **overrides: Any,
    ) -> None:
        self.app = app
        self._authenticator = Authenticator(settings, overrides, clock=clock)
        self._remote_user = self._authenticator.settings.remote_user

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request, or have the application answer it."""
        outer = environ.get(KEY)
        auth = self._authenticator.enter(EnvironRequest(environ), outer)
        if isinstance(auth, Response):
            return send_response(auth, environ, start_response)
        if auth is outer:
            return self.app(environ, start_response)
        show(auth, environ, remote_user=self._remote_user)
        answer = Answer(
            self._authenticator.flow, auth, environ, start_response, self._remote_user
        )
        token = observer.set(answer)
        try:
            body = self.app(environ, answer.start)
        except Refusal as refusal:
            return answer.refuse(refusal)
        finally:
            observer.reset(token)
        if answer.started:
            return body if answer.response is None else answer.instead_of(body)
        return _LateBody(body, answer)


def show(auth: Auth, environ: WSGIEnvironment, *, remote_user: bool) -> None:
    """Put *auth* into *environ*, and its user into ``REMOTE_USER`` if asked to."""
    auth.publish(environ)
    if not remote_user:
        return
    if auth.user is not None and auth.user.id is not None:
        environ["REMOTE_USER"] = auth.user.id
    else:
        environ.pop("REMOTE_USER", None)


def status_line(status: int) -> str:
    """Return *status* as WSGI wants it."""
    return f"{status} {HTTPStatus(status).phrase}"


def send_response(
    response: Response,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    exc_info: Any = None,
) -> list[bytes]:
    """Answer with *response*; without its body if the request was a HEAD."""
    arguments: list[Any] = [status_line(response.status), list(response.headers)]
    if exc_info is not None:
        arguments.append(exc_info)
    start_response(*arguments)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [response.body]


class Answer:
    """The application's answer on its way out."""

    __slots__ = (
        "_environ",
        "_flow",
        "_remote_user",
        "_start_response",
        "response",
        "started",
        "auth",
    )

    def __init__(
        self,
        flow: Flow,
        auth: Auth,
        environ: WSGIEnvironment,
        start_response: StartResponse,
        remote_user: bool,
    ) -> None:
        self._flow = flow
        self._remote_user = remote_user
        self._environ = environ
        self._start_response = start_response
        self.auth = auth
        self.started = False
        self.response: list[bytes] | None = None

    def note(self, refusal: Refusal) -> None:
        """Have the auth object remember *refusal*."""
        self.auth.note(refusal)

    def changed(self, auth: Auth) -> None:
        """Show *auth* anew in the environ."""
        if auth is self.auth:
            show(auth, self._environ, remote_user=self._remote_user)

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Be the application's ``start_response``."""
        outcome = leave(self._flow, self.auth, int(status[:3]), headers)
        self.started = True
        self.response = None  # a second start takes the first back
        if isinstance(outcome, Response):
            self.response = send_response(
                outcome, self._environ, self._start_response, exc_info
            )
            return _swallow
        added = with_additions(headers, outcome)
        if exc_info is None:
            return self._start_response(status, added)
        return self._start_response(status, added, exc_info)

    def refuse(self, refusal: Refusal) -> list[bytes]:
        """Answer to a refusal that the application let through."""
        self.auth.note(refusal)
        response = self._flow.refuse(self.auth)
        # A head that was given but not sent is taken back, as PEP 3333 provides.
        exc_info = sys.exc_info() if self.started else None
        self.started = True
        return send_response(response, self._environ, self._start_response, exc_info)

    def instead_of(self, body: Iterable[bytes]) -> list[bytes]:
        """Return our body in the place of *body*, which is closed unread."""
        close = getattr(body, "close", None)
        if close is not None:
            close()
        return self.response or []


def leave(
    flow: Flow, auth: Auth, status: int, headers: Iterable[tuple[str, str]]
) -> Response | Additions:
    """Ask *flow* what an answer with these *headers* needs."""
    vary = cache_control = None
    for name, value in headers:
        size = len(name)
        if size == 4 and name.lower() == "vary":
            vary = value if vary is None else f"{vary}, {value}"
        elif size == 13 and name.lower() == "cache-control":
            cache_control = value
    return flow.leave(auth, status, vary, cache_control)


def with_additions(
    headers: list[tuple[str, str]], additions: Additions
) -> list[tuple[str, str]]:
    """Return a new list: *headers* with *additions*."""
    if not additions.replaced:
        return [*headers, *additions.headers]
    kept = [item for item in headers if item[0].lower() not in additions.replaced]
    return [*kept, *additions.headers]


def _swallow(data: bytes) -> None:
    """Drop what an application writes after its answer was replaced."""


class _LateBody:
    """
    The body of an application that starts its answer when it is iterated.

    Then refusals are raised late too, and our answer takes the body's place.
    """

    def __init__(self, body: Iterable[bytes], answer: Answer) -> None:
        self._body = body
        self._answer = answer
        self._parts: Iterator[bytes] | None = None
        self._ours: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._ours is not None:
            return next(self._ours)
        answer = self._answer
        token: Token[Any] = observer.set(answer)
        try:
            if self._parts is None:
                self._parts = iter(self._body)
            part = next(self._parts)
        except Refusal as refusal:
            self._ours = iter(answer.refuse(refusal))
            return next(self._ours, b"")
        except StopIteration:
            if answer.response is None:
                raise
            part = b""  # it has no body, ours has one
        finally:
            observer.reset(token)
        if answer.response is not None:
            self._ours = iter(answer.response)
            return next(self._ours, b"")
        return part

    def close(self) -> None:
        """Close the application's body, once."""
        close = getattr(self._body, "close", None)
        if close is not None:
            close()
