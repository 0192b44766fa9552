"""The adapter for WSGI (PEP 3333)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Unpack

from .errors import Refusal
from .exchange import KEY, Exchange, close_body, refusal_in
from .runtime.authenticator import Authenticator
from .runtime.order import check_repetition
from .web.environ import EnvironRequest
from .web.response import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from .settings import Settings, SettingsKeywords


def send_response(
    response: Response,
    environ: WSGIEnvironment,
    start_response: StartResponse,
    exc_info: Any = None,
) -> list[bytes]:
    """Answer with *response*; without its body if the request was a HEAD."""
    status = f"{response.status} {HTTPStatus(response.status).phrase}"
    given = () if exc_info is None else (exc_info,)
    start_response(status, list(response.headers), *given)
    return [response.body_for(environ["REQUEST_METHOD"])]


class WsgiExchange(Exchange):
    """The exchange of a WSGI application; *send* is ``start_response``."""

    send: StartResponse

    def run(self, app: WSGIApplication) -> Iterable[bytes]:
        """Have *app* answer."""
        observer = self.observers()
        token = Refusal.observer.set(observer)
        try:
            body = app(self.keys, self.start)
        except Exception as error:  # noqa: BLE001 - all but refusals go on
            return self.answer_refusal(error)
        finally:
            observer.clear()  # for contexts that were copied meanwhile
            Refusal.observer.reset(token)
        if not self.started:
            return _LateBody(body, self)
        return body if self.response is None else self.instead_of(body)

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: Any = None
    ) -> Callable[[bytes], object]:
        """Be the application's ``start_response``."""
        error = None if exc_info is None else exc_info[1]
        outcome = self.process_response(int(status[:3]), headers, error)
        if isinstance(outcome, Response):
            send_response(outcome, self.keys, self.send, exc_info)
            return _swallow
        self.response = None  # a second start takes the first back
        given = () if exc_info is None else (exc_info,)
        return self.send(status, outcome, *given)

    def answer_refusal(self, error: Exception) -> list[bytes]:
        """Answer the refusal in *error*; raise it if there is none."""
        refusal = refusal_in(error)
        if refusal is None:
            del error  # its traceback will hold this frame
            raise  # noqa: PLE0704 - in an except clause of whoever calls
        # A head that was given but not sent is taken back, as PEP 3333 provides.
        exc_info = sys.exc_info() if self.started else None
        return send_response(self.refused(refusal), self.keys, self.send, exc_info)

    def instead_of(self, body: Iterable[bytes]) -> list[bytes]:
        """Return our body in the place of *body*, which is closed unread."""
        close_body(body)
        return self.body

    @property
    def body(self) -> list[bytes]:
        """What our response, if there is one, says."""
        method = self.keys["REQUEST_METHOD"]
        return [] if self.response is None else [self.response.body_for(method)]


def _swallow(data: bytes) -> None:
    """Drop what an application writes after its response was replaced."""


class _LateBody:
    """
    The body of an application that starts its response when it is iterated.

    Then refusals are raised late too, and our response takes the body's place.
    """

    def __init__(self, body: Iterable[bytes], exchange: WsgiExchange) -> None:
        self._body = body
        self._exchange = exchange
        self._parts: Iterator[bytes] | None = None
        self._ours: Iterator[bytes] | None = None

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._ours is not None:
            return next(self._ours)
        exchange = self._exchange
        observer = exchange.observers()
        token = Refusal.observer.set(observer)
        try:
            if self._parts is None:
                self._parts = iter(self._body)
            part = next(self._parts)
        except StopIteration:
            if exchange.response is None:
                raise
            part = b""  # it has no body, ours has one
        except Exception as error:  # noqa: BLE001 - all but refusals go on
            self._ours = iter(exchange.answer_refusal(error))
            return next(self._ours)
        finally:
            observer.clear()
            Refusal.observer.reset(token)
        if exchange.response is not None:
            self._ours = iter(exchange.body)
            return next(self._ours)
        return part

    def close(self) -> None:
        """Close the application's body, once."""
        close_body(self._body)


class Middleware:
    """
    Log people in above a WSGI application.

    *settings* default to the environment's, *overrides* are fields of
    :class:`~arware.settings.Settings`. Raises
    :class:`~arware.errors.ConfigurationError` with all faults at once.
    """

    #: What publishes the auth object and finishes the response.
    exchange_type: type[WsgiExchange] = WsgiExchange

    def __init__(
        self,
        app: WSGIApplication,
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
        check_repetition(self, app)

    def __call__(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Answer a request, or have the application answer it."""
        outer = environ.get(KEY)
        auth = self.authenticator.process_request(EnvironRequest(environ), outer)
        if isinstance(auth, Response):
            response = self.own_response(auth, environ)
            return send_response(response, environ, start_response)
        flow, nested = self.authenticator.flow, auth is outer
        exchange = self.exchange_type(flow, auth, environ, start_response, nested)
        exchange.publish()
        return exchange.run(exchange.target(self.app))

    def own_response(self, response: Response, environ: WSGIEnvironment) -> Response:  # noqa: ARG002 - for who derives
        """Return *response*, which is ours, as it is to be sent."""
        return response
