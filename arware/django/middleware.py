"""The middleware of Django, sync and async."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, HttpResponse

from arware.auth import Auth
from arware.errors import Refusal
from arware.exchange import KEY, refusal_in
from arware.web.response import Response

from . import sessions
from .configuration import make_authenticator, uses_local_users
from .exchange import DjangoExchange, exchange_of
from .requests import as_django, keys_of, reader_of

if TYPE_CHECKING:
    from typing import TypeAlias

    Handler: TypeAlias = Callable[[HttpRequest], Any]


class Middleware:
    """
    Log people in: ``"arware.django.Middleware"``, at the end of ``MIDDLEWARE``.

    It stands below Django's own for sessions and authentication. Its settings are
    Django's that begin with ``AUTHROCKET_``, and ``LOGINROCKET_URL``; what is not
    there comes from the environment. Raises
    :class:`~arware.errors.ConfigurationError` with all faults at once, when the
    application starts.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self._is_async: bool = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)
        self._authenticator = make_authenticator()
        self._exchange_type: type[DjangoExchange] = DjangoExchange
        if uses_local_users():
            from .users import LocalUserExchange

            self._exchange_type = LocalUserExchange

    def __call__(self, request: HttpRequest) -> Any:
        """Answer a request, or have the view answer it."""
        if self._is_async:
            return self._acall(request)
        outer = keys_of(request).get(KEY)
        auth = self._authenticator.process_request(reader_of(request), outer)
        if isinstance(auth, Response):
            return _own_response(auth, request)
        exchange = self._exchange(auth, request, outer)
        exchange.follow_all()
        observer = exchange.observers()
        token = Refusal.observer.set(observer)
        try:
            if exchange.has_new_login():
                exchange.keep_local_user()
            response = exchange.target(self.get_response)(request)
        finally:
            observer.clear()  # for contexts that were copied meanwhile
            Refusal.observer.reset(token)
        exchange.follow_all()
        return exchange.finish(response)

    async def _acall(self, request: HttpRequest) -> HttpResponse:
        outer = keys_of(request).get(KEY)
        auth = self._authenticator.begin_request(reader_of(request), outer)
        if auth.__class__ is not Auth:
            auth = await self._authenticator.finish(auth)
            if isinstance(auth, Response):
                return await sync_to_async(_own_response)(auth, request)
        exchange = self._exchange(auth, request, outer)
        if exchange.changes:  # sessions are kept in databases
            await sync_to_async(exchange.follow_all)()
        observer = exchange.observers()
        token = Refusal.observer.set(observer)
        try:
            if exchange.has_new_login():
                await sync_to_async(exchange.keep_local_user)()
            response = await exchange.target(self.get_response)(request)
        finally:
            observer.clear()
            Refusal.observer.reset(token)
        if exchange.changes:
            await sync_to_async(exchange.follow_all)()
        return exchange.finish(response)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Answer a refusal before Django takes it for an error."""
        refusal, exchange = refusal_in(exception), exchange_of(request)
        if refusal is None or exchange is None:
            return None
        return as_django(exchange.refused(refusal), request)

    def _exchange(self, auth: Any, request: HttpRequest, outer: object) -> Any:
        keys, flow = keys_of(request), self._authenticator.flow
        exchange = self._exchange_type(flow, auth, keys, None, auth is outer)
        exchange.request, exchange.is_async = request, self._is_async
        exchange.publish()
        exchange.open_session()
        return exchange


def _own_response(response: Response, request: HttpRequest) -> HttpResponse:
    """Return *response* as Django's; its session follows who has logged in or out."""
    if response.changes_login:
        sessions.follow(request, response.logs_in, response.replaces)
    return as_django(response, request)
