"""Waiting for a thread without blocking the event loop, asyncio's or trio's."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any


async def finished(future: Future[Any], seconds: float) -> bool:
    """
    Wait for *future*, at most so many *seconds*, without blocking the event loop.

    Returns whether it is done. Who knows whether others share it cancels it, or not.
    """
    if not future.done():
        if _is_asyncio():
            await _in_asyncio(future, seconds)
        elif (token := _trio_token()) is not None:
            await _in_trio(token, future, seconds)
        else:
            pause(future, seconds)  # a loop that we do not know
    return future.done()


def pause(future: Future[Any], seconds: float) -> None:
    """Block until *future* is done, at most so many *seconds*."""
    with suppress(FutureTimeoutError):
        future.exception(timeout=seconds)


def _is_asyncio() -> bool:
    # Whoever runs in asyncio has imported it; nobody else need wait for that.
    asyncio: Any = sys.modules.get("asyncio")
    try:
        # A loop may run that is only the host of trio's; then this is no task of it.
        return asyncio is not None and asyncio.current_task() is not None
    except RuntimeError:
        return False


def _trio_token() -> Any:
    """Return what names trio's loop, ``None`` if we do not run in one."""
    trio: Any = sys.modules.get("trio")
    try:
        return None if trio is None else trio.lowlevel.current_trio_token()
    except RuntimeError:
        return None


# The future is shared with others, so neither a cancelled nor an impatient caller may
# cancel it, and it may outlive the loop: then nobody waits any more.


async def _in_asyncio(future: Future[Any], seconds: float) -> None:
    """Return when *future* is done, or after so many *seconds*."""
    asyncio: Any = sys.modules["asyncio"]
    arrived, loop = asyncio.Event(), asyncio.get_running_loop()

    def tell(_: Future[Any]) -> None:
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(arrived.set)

    future.add_done_callback(tell)
    with suppress(TimeoutError):
        await asyncio.wait_for(arrived.wait(), seconds)


async def _in_trio(token: Any, future: Future[Any], seconds: float) -> None:
    """Return when *future* is done, or after so many *seconds*."""
    trio: Any = sys.modules["trio"]
    arrived = trio.Event()

    def tell(_: Future[Any]) -> None:
        with suppress(trio.RunFinishedError):
            token.run_sync_soon(arrived.set)

    future.add_done_callback(tell)
    with trio.move_on_after(seconds):
        await arrived.wait()
