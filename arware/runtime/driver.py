"""
Drivers: run a steps of the flow and answer its needs, blocking or not.

A steps without needs, as nearly all are, costs neither thread nor await.
"""

from __future__ import annotations

import asyncio
import sys
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import suppress
from typing import Any, Protocol, TypeVar

from ..core.effects import Effect, Steps

T = TypeVar("T")


class Answers(Protocol):
    """Who answers needs."""

    def answer(self, effect: Effect) -> Any:
        """Return the answer; it may block."""
        ...

    def begin(self, effect: Effect) -> Future[Any]:
        """Return the future of the answer at once; other threads work on it."""
        ...

    def timeout_of(self, effect: Effect) -> tuple[float, Any]:
        """
        Return how long to wait at most, in seconds, and the answer after that.

        An exception in the answer's place is raised in the steps.
        """
        ...


def drive(steps: Steps[T], answers: Answers) -> T:
    """
    Run *steps* to its end in this thread and return its result.

    What goes wrong with an answer is raised inside the steps, which knows what to do.
    """
    try:
        effect = next(steps)
        while True:
            try:
                answer = answers.answer(effect)
            except Exception as error:  # noqa: BLE001 - the steps decides about it
                effect = steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result


async def adrive(steps: Steps[T], answers: Answers) -> T:
    """Do what :func:`drive` does without ever blocking the event loop."""
    try:
        effect = next(steps)
        while True:
            try:
                answer = await _answer(effect, answers)
            except Exception as error:  # noqa: BLE001 - the steps decides about it
                effect = steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result


async def _answer(effect: Effect, answers: Answers) -> Any:
    future = answers.begin(effect)
    if future.done():
        return future.result()
    seconds, otherwise = answers.timeout_of(effect)
    if _is_asyncio():
        await _in_asyncio(future, seconds)
    elif (token := _trio_token()) is not None:
        await _in_trio(token, future, seconds)
    else:
        return wait(future, seconds, otherwise)  # a loop that we do not know
    return future.result() if future.done() else _late(otherwise)


def _is_asyncio() -> bool:
    try:
        # A loop may run that is only the host of trio's; then this is no task of it.
        return asyncio.current_task() is not None
    except RuntimeError:
        return False


def _trio_token() -> Any:
    """Return what names trio's loop, ``None`` if we do not run in one."""
    # Whoever runs in trio has it; nobody else effect have it.
    trio: Any = sys.modules.get("trio")
    try:
        return None if trio is None else trio.lowlevel.current_trio_token()
    except RuntimeError:
        return None


def wait(future: Future[Any], seconds: float, otherwise: Any) -> Any:
    """
    Return the result of *future*, or *otherwise* after so many *seconds*.

    An exception is raised, not returned.
    """
    try:
        return future.result(timeout=seconds)
    except FutureTimeoutError:
        return _late(otherwise)


def _late(otherwise: Any) -> Any:
    if isinstance(otherwise, Exception):
        raise otherwise
    return otherwise


# The future is shared with others, so neither a cancelled nor an impatient caller may
# cancel it, and it may outlive the loop: then nobody waits any more.


async def _in_asyncio(future: Future[Any], seconds: float) -> None:
    """Return when *future* is done, or after so many *seconds*."""
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
