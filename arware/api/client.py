"""The client: sends calls, keeps what is asked to be cached, and knows who asks."""

from __future__ import annotations

import codecs
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from arware.cache import guarded
from arware.errors import (
    BadOption,
    ConfigurationError,
    CredentialsMissing,
    Error,
)
from arware.fork import PerProcess
from arware.resources.registry import CLASSES, resource_class
from arware.settings import Fault, checked, client_faults, values_of

from . import caching
from .answers import Response
from .attempts import Limits, Send, attempts
from .calls import Context
from .namespace import Namespace
from .transport import Transport
from .verification import verify
from .wire import Credentials, request_for, settings_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from arware.cache import Region
    from arware.resources.claims import Identity
    from arware.settings import Settings

    from .calls import Call
    from .wire import Request

T = TypeVar("T")

#: How long one caller waits for another that is fetching the same, in seconds.
WAIT = 15.0


class Client(Namespace):
    """
    A client of the API, for those who want no global.

    *settings* are read from the environment if there are none; *overrides* are fields
    of :class:`~arware.Settings`. Raises :class:`~arware.errors.ConfigurationError` if
    the API key or the URL is missing, and :class:`~arware.errors.CertificateError` if
    ``ca_bundle`` cannot be read. *limits* bound each call. Safe for threads; keep one.

    ``client.orgs`` is :class:`~arware.Org` through this client, and so for the rest.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        limits: Limits | None = None,
        **overrides: Any,
    ) -> None:
        self.settings = self._checked(values_of(settings, overrides))
        self.limits = limits or Limits()
        self._transport = Transport(self.limits, self.settings.ca_bundle)
        _import_all()
        defaults = settings_credentials(self.settings)
        # Read at the first call, which is told what is missing.
        self._own = PerProcess(lambda: Credentials.read(defaults))
        self._cache = guarded(self.settings.cache, ())

    def _checked(self, values: dict[str, Any]) -> Settings:
        missing = client_faults(values)
        try:
            return checked(values, missing)
        except ConfigurationError as error:
            if missing:
                raise CredentialsMissing(error.faults) from None
            raise

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.settings.url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept open; the client can still be used."""
        self._transport.close()

    def send(self, call: Call[T]) -> T:
        """
        Send *call* and return what it reads from the answer.

        Raises the errors of :mod:`arware.errors`, whatever goes wrong on the way.
        """
        request = request_for(
            call, self._credentials(call), self.settings.default_headers
        )
        wish = self._wish(call)
        deadline = time.monotonic() + self.limits.total
        if wish is None:
            response = self._exchanged(request, deadline)
        else:
            response = self._cached(request, wish, deadline)
        return call.read(response, Context(self, call.credentials))

    def verify(
        self,
        token: str | None,
        *,
        within: float | timedelta | None = None,
        algo: str | None = None,
        credentials: Mapping[str, Any] | None = None,
    ) -> Identity | None:
        """
        Return whom *token* names, or ``None`` if it is not to be believed.

        *credentials* may hold another ``jwt_key`` or ``loginrocket_url``; they replace
        the settings'.
        """
        return verify(
            self.settings, token, within=within, algo=algo, credentials=credentials
        )

    # --- Inside --------------------------------------------------------------------

    def _wish(self, call: Call[Any]) -> caching.Wish | None:
        """Return how *call* is to be cached; what cannot be is told before it goes."""
        try:
            return caching.wish(call)
        except (TypeError, ValueError) as problem:
            fix = "Give True, a mapping or a region"
            raise BadOption([Fault("cache", None, str(problem), fix)]) from None

    def _credentials(self, call: Call[Any]) -> Credentials:
        if call.credentials:
            # They replace ours as a whole: a key never goes to another one's URL.
            return Credentials.read(call.credentials, self.settings.url)
        return self._own.get()

    def _exchanged(self, request: Request, deadline: float) -> Response:
        """Send *request* until there is a response; raise what else comes of it."""
        steps = attempts(request, self.limits, random.random)
        step = next(steps)
        try:
            while True:
                if isinstance(step, Send):
                    answer = self._transport.send(step.request, deadline)
                    if isinstance(answer, Response):
                        # Whatever is shown of it, the secrets that were sent are not.
                        answer = replace(answer, clean=request.clean)
                    step = steps.send(answer)
                else:
                    in_time = time.monotonic() + step.seconds < deadline
                    if in_time:
                        time.sleep(step.seconds)
                    step = steps.send(in_time)
        except StopIteration as end:
            outcome: Response | Error = end.value
        if isinstance(outcome, Error):
            raise outcome
        return outcome

    def _cached(
        self, request: Request, wish: caching.Wish, deadline: float
    ) -> Response:
        half = self.limits.total / 2

        def asked() -> Response:
            # What a store takes that hangs is not the API's fault, which has time left.
            return self._exchanged(request, max(deadline, time.monotonic() + half))

        def fetched() -> dict[str, Any]:
            response = asked()
            if not caching.worth_keeping(response):
                raise _NotKept(response)
            return caching.packed(response)

        region = self._region(wish.region, request.api_key)
        try:
            kept = region.get_or_create(
                caching.key_of(request),
                fetched,
                wish.expires_in,
                # Who waited in vain has time left to ask.
                min(WAIT, half),
                force=wish.force,
            )
        except _NotKept as answer:
            return answer.response
        return caching.unpacked(kept, request) or asked()

    def _region(self, given: Region | None, api_key: str) -> Region:
        """
        Return the region *given*, or the settings' if there is none.

        Entries are signed with the cookie's secrets, else with the API key.
        """
        secrets = self.settings.cookie_secret or (self.settings.api_key or api_key,)
        return (given or self._cache).signed(secrets)


class _NotKept(Exception):
    """Carries a *response* with an error to all who wait; each raises what it is."""

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response


def _import_all() -> None:
    """
    Import what calls need.

    Where a process forks while a thread imports something, the child would wait for
    ever for that import to end; a client is made before there are many threads.
    """
    codecs.lookup("utf-8-sig")
    for kind in CLASSES:
        resource_class(kind)


class DefaultClient(Client):
    """The class methods' client: who lacks credentials is told at the first call."""

    def _checked(self, values: dict[str, Any]) -> Settings:
        # Each call may bring credentials of its own.
        return checked(values)
