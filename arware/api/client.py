"""The client: sends calls, keeps what is asked to be cached, and knows who asks."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from arware.errors import Error
from arware.settings import checked

from . import caching
from .answers import Response
from .attempts import Limits, Send, attempts
from .base import WAIT, BaseClient, NotKept
from .transport import Transport

if TYPE_CHECKING:
    from arware.settings import Settings

    from .calls import Call
    from .wire import Request

T = TypeVar("T")


class Client(BaseClient):
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
        super().__init__(settings, limits=limits, **overrides)
        self._transport = Transport(self.limits, self.settings.ca_bundle)

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
        request = self._request(call)
        wish = self._wish(call)
        deadline = time.monotonic() + self.limits.total
        if wish is None:
            response = self._exchanged(request, deadline)
        else:
            response = self._cached(request, wish, deadline)
        return call.read(response, self._context(call))

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
            return NotKept.unless_kept(asked())

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
        except NotKept as answer:
            return answer.response
        return caching.unpacked(kept, request) or asked()


class DefaultClient(Client):
    """The class methods' client: who lacks credentials is told at the first call."""

    def _checked(self, values: dict[str, Any]) -> Settings:
        # Each call may bring credentials of its own.
        return checked(values)
