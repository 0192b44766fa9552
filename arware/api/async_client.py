"""The client for coroutines, on asyncio or trio."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from arware.errors import Error

from . import caching
from .answers import Response
from .attempts import Limits, Send, attempts
from .base import WAIT, BaseClient, NotKept
from .namespace import AsyncNamespace

try:
    import anyio

    from arware.cache.awaiting import AwaitedRegion

    from .async_transport import AsyncTransport
except ModuleNotFoundError as error:
    message = 'arware.AsyncClient needs httpx: pip install "arware[async]"'
    raise ModuleNotFoundError(message, name=error.name) from error

if TYPE_CHECKING:
    from collections.abc import Callable

    from arware.settings import Settings

    from .calls import Call
    from .wire import Request

T = TypeVar("T")

#: A body of more bytes takes longer to read than other tasks are to wait.
_LARGE = 256 * 1024


class AsyncClient(BaseClient, AsyncNamespace):
    """
    The client for coroutines, on asyncio or trio; the extra ``async`` brings ``httpx``.

    It takes what :class:`~arware.Client` takes, and has the same resources, limits,
    retries, cache and errors. All that asks, or might have, is to be awaited: the
    methods of ``client.orgs``, those of the objects that come back, and their parents
    like ``membership.org``. ``iterate`` is an asynchronous iterator.

    Keep one, for all tasks. Each event loop that uses it has connections of its own,
    which ``async with`` and :meth:`aclose` close, or else the end of the loop.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        limits: Limits | None = None,
        **overrides: Any,
    ) -> None:
        super().__init__(settings, limits=limits, **overrides)
        self._transport = AsyncTransport(self.limits, self.settings.ca_bundle)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections of this event loop; the client can still be used."""
        await self._transport.aclose()

    async def send(self, call: Call[T]) -> T:  # type: ignore[override]  # a coroutine
        """
        Send *call* and return what it reads from the answer.

        Raises the errors of :mod:`arware.errors`, whatever goes wrong on the way.
        """
        request = self._request(call)
        wish = self._wish(call)
        deadline = time.monotonic() + self.limits.total
        if wish is None:
            response = await self._exchanged(request, deadline)
        else:
            response = await self._cached(request, wish, deadline)
        read = partial(call.read, response, self._context(call))
        return await self._read(read, response)

    async def work(self, function: Callable[[], T]) -> T:
        """Return what *function* returns, which a thread does."""
        connections = await self._transport.connections()
        return await connections.work(function)

    async def _read(self, function: Callable[[], T], response: Response) -> T:
        """Return what *function* makes of *response*; if it is large, a thread does."""
        large = len(response.body) > _LARGE
        return await self.work(function) if large else function()

    async def _exchanged(self, request: Request, deadline: float) -> Response:
        """Send *request* until there is a response; raise what else comes of it."""
        steps = attempts(request, self.limits, random.random)
        step = next(steps)
        try:
            while True:
                if isinstance(step, Send):
                    answer = await self._transport.send(step.request, deadline)
                    if isinstance(answer, Response):
                        # Whatever is shown of it, the secrets that were sent are not.
                        answer = replace(answer, clean=request.clean)
                    step = steps.send(answer)
                else:
                    in_time = time.monotonic() + step.seconds < deadline
                    if in_time:
                        await anyio.sleep(step.seconds)
                    step = steps.send(in_time)
        except StopIteration as end:
            outcome: Response | Error = end.value
        if isinstance(outcome, Error):
            raise outcome
        return outcome

    async def _cached(
        self, request: Request, wish: caching.Wish, deadline: float
    ) -> Response:
        half = self.limits.total / 2

        async def asked() -> Response:
            # What a store takes that hangs is not the API's fault, which has time left.
            later = max(deadline, time.monotonic() + half)
            return await self._exchanged(request, later)

        async def fetched() -> dict[str, Any]:
            response = await asked()
            return await self._read(partial(NotKept.unless_kept, response), response)

        connections = await self._transport.connections()
        region = self._region(wish.region, request.api_key)
        try:
            kept = await AwaitedRegion(region, connections.threads).get_or_create(
                caching.key_of(request),
                fetched,
                wish.expires_in,
                # Who waited in vain has time left to ask.
                min(WAIT, half),
                force=wish.force,
            )
        except NotKept as answer:
            return answer.response
        return caching.unpacked(kept, request) or await asked()
