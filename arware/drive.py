"""
Drivers: run a flow of the gate and answer its needs, blocking or not.

A flow without needs, as nearly all are, costs neither thread nor await.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any, Protocol, TypeVar

from .needs import Flow, Need

T = TypeVar("T")


class Answers(Protocol):
    """Who answers needs."""

    def answer(self, need: Need) -> Any:
        """Return the answer; it may block."""
        ...

    def begin(self, need: Need) -> Future[Any]:
        """Return the future of the answer at once; other threads work on it."""
        ...

    def timeout_of(self, need: Need) -> tuple[float, Any]:
        """
        Return how long to wait at most, in seconds, and the answer after that.

        An exception in the answer's place is raised in the flow.
        """
        ...


def drive(flow: Flow[T], answers: Answers) -> T:
    """
    Run *flow* to its end in this thread and return its result.

    What goes wrong with an answer is raised inside the flow, which knows what to do.
    """
    try:
        need = next(flow)
        while True:
            try:
                answer = answers.answer(need)
            except Exception as error:  # noqa: BLE001 - the flow decides about it
                need = flow.throw(error)
            else:
                need = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result


async def adrive(flow: Flow[T], answers: Answers) -> T:
    """Do what :func:`drive` does without ever blocking the event loop."""
    try:
        need = next(flow)
        while True:
            try:
                answer = await _answer(need, answers)
            except Exception as error:  # noqa: BLE001 - the flow decides about it
                need = flow.throw(error)
            else:
                need = flow.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result


async def _answer(need: Need, answers: Answers) -> Any:
    future = answers.begin(need)
    if future.done():
        return future.result()
    seconds, otherwise = answers.timeout_of(need)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        # Not asyncio (trio, say): rare enough here to wait in place.
        return wait(future, seconds, otherwise)
    return await _await(loop, future, seconds, otherwise)


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


async def _await(
    loop: asyncio.AbstractEventLoop,
    future: Future[Any],
    seconds: float,
    otherwise: Any,
) -> Any:
    """
    Wait for *future* on *loop*.

    It is shared with others, so neither a cancelled nor an impatient caller may
    cancel it, and it may outlive the loop.
    """
    arrived = asyncio.Event()

    def tell(_: Future[Any]) -> None:
        try:
            loop.call_soon_threadsafe(arrived.set)
        except RuntimeError:  # the loop is closed, so nobody waits any more
            return

    future.add_done_callback(tell)
    try:
        await asyncio.wait_for(arrived.wait(), seconds)
    except TimeoutError:
        return _late(otherwise)
    return future.result()
