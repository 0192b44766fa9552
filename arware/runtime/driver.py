"""
The driver: run the core's steps and have their effects handled, blocking or not.

Steps without effects, as nearly all are, cost neither thread nor await.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from arware.bridge.waiting import finished, pause

if TYPE_CHECKING:
    from arware.core.effects import Effect, Steps

    from .handlers import Handler, Handlers

T = TypeVar("T")


def run(steps: Steps[T], handlers: Handlers) -> T:
    """
    Run *steps* to their end in this thread and return their result.

    What goes wrong with an answer is raised inside the steps, which know what to do.
    """
    try:
        effect = next(steps)
        while True:
            try:
                answer = handlers[type(effect)].ask(effect)
            except Exception as error:  # noqa: BLE001 - the steps decide about it
                effect = steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result


async def arun(steps: Steps[T], handlers: Handlers) -> T:
    """Do what :func:`run` does without ever blocking the event loop."""
    try:
        effect = next(steps)
        while True:
            try:
                answer = await _answer(effect, handlers[type(effect)])
            except Exception as error:  # noqa: BLE001 - the steps decide about it
                effect = steps.throw(error)
            else:
                effect = steps.send(answer)
    except StopIteration as done:
        result: T = done.value
        return result


async def _answer(effect: Effect, handler: Handler[Any, Any]) -> Any:
    future = handler.begin(effect)
    await finished(future, handler.seconds)
    return result_of(future, handler, effect)


def wait(future: Future[Any], handler: Handler[Any, Any], effect: Effect) -> Any:
    """Return the result of *future*, or what *handler* has when it takes too long."""
    pause(future, handler.seconds)
    return result_of(future, handler, effect)


def result_of(future: Future[Any], handler: Handler[Any, Any], effect: Effect) -> Any:
    """Return the result of *future*, or what *handler* has if there is none."""
    return future.result() if future.done() else handler.timeout(effect)
