"""One caller creates and others wait, where they must not hold up an event loop."""

from __future__ import annotations

import json
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from anyio import CancelScope, sleep, to_thread

from .breaker import POLL_SECONDS
from .creations import outcome

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio import CapacityLimiter

    from .region import Region

T = TypeVar("T")


class AwaitedRegion:
    """
    A *region* as coroutines have it.

    A shared store is asked in a thread, of those that *threads* limits, and memory at
    once. What is created may be large, so it is written in a thread in any case.
    Callers on any event loop, and those that block, create for one another.
    """

    def __init__(self, region: Region, threads: CapacityLimiter) -> None:
        self._region = region
        self._threads = threads

    async def get_or_create(
        self,
        key: str,
        creator: Callable[[], Awaitable[Any]],
        seconds: float,
        lock_timeout: float = 10.0,
        *,
        force: bool = False,
    ) -> Any:
        """
        Return what :meth:`Region.get_or_create` would.

        If the caller that creates is cancelled another that waits takes its place.
        """

        async def create() -> Any:
            value = await creator()
            await self._work(self._region.set, key, value, seconds)
            return value

        if force:
            return await create()
        until = time.monotonic() + lock_timeout
        while True:
            value = await self._asked(self._region.get, key)
            if value is not None:
                return value
            own: Future[str] = Future()
            creation = self._region.creations.setdefault(key, own)
            if creation is own:
                return await self._create_for_all(own, key, create, until)
            await sleep(POLL_SECONDS)
            while not creation.done() and time.monotonic() < until:  # noqa: ASYNC110 - threads and other loops set no event of ours
                await sleep(POLL_SECONDS)
            brought, value = outcome(creation)
            if brought:
                return value
            if time.monotonic() >= until:
                return await create()

    async def _create_for_all(
        self,
        own: Future[str],
        key: str,
        create: Callable[[], Awaitable[Any]],
        until: float,
    ) -> Any:
        """Create, and tell all who wait for *own*."""
        try:
            value = await self._in_turn(key, create, until)
            own.set_result(await self._work(json.dumps, value))
        except BaseException as error:
            # A cancellation is for one task only, and keeps much of it alive.
            told = error if isinstance(error, Exception) else GeneratorExit()
            own.set_exception(told)
            raise
        finally:
            self._region.creations.pop(key, None)
        return value

    async def _in_turn(
        self, key: str, create: Callable[[], Awaitable[Any]], until: float
    ) -> Any:
        """Create when no other process does, or return what that made."""
        region = self._region
        lock = await self._asked(region.lock, key)
        try:
            while True:
                held = lock is not None and await self._asked(lock.take)
                found = await self._asked(region.get, key)
                in_vain = region.resting or time.monotonic() >= until
                if lock is None or held or found is not None or in_vain:
                    break
                await sleep(POLL_SECONDS)
            return await create() if found is None else found
        finally:
            if lock is not None:
                # Whether it is held only it knows: a task of asyncio may have been
                # cancelled while a thread took it.
                with CancelScope(shield=True):
                    await self._asked(lock.release)

    async def _asked(self, ask: Callable[..., T], *args: Any) -> T:
        """Return what the store answers."""
        return await self._work(ask, *args) if self._region.shared else ask(*args)

    async def _work(self, function: Callable[..., T], *args: Any) -> T:
        """Return what *function* returns, which a thread does."""
        return await to_thread.run_sync(function, *args, limiter=self._threads)
