"""A bounded number of threads of our own; those of the application are its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Semaphore
from typing import TypeVar

from arware.fork import PerProcess

from .waiting import finished

T = TypeVar("T")

#: How many work at once, and how many more may wait for one; what is to be done for
#: them is held meanwhile.
THREADS, WAITING = 8, 64


class Crowded(Exception):
    """All threads are at work, and enough others wait, or one has waited too long."""


class Threads:
    """Threads for what would block the event loop; each process has its own."""

    def __init__(self, name: str) -> None:
        self._workers = PerProcess(lambda: _Workers(name))

    async def run(self, function: Callable[[], T], patience: float) -> T:
        """
        Return what *function* returns, which runs in a thread, in our context.

        Raises :class:`Crowded` where that takes more than *patience* seconds.
        """
        workers = self._workers.get()
        if not workers.places.acquire(blocking=False):
            raise Crowded
        run, asked = copy_context().run, [function]
        future = workers.threads.submit(run, _call, asked, workers.places)
        try:
            is_done = await finished(future, patience)
        finally:
            # If no thread has begun none need; its place is taken until one looks.
            asked.clear()
        if not is_done:
            raise Crowded
        return future.result()


class _Workers:
    """The threads of one process."""

    def __init__(self, name: str) -> None:
        self.threads = ThreadPoolExecutor(THREADS, thread_name_prefix=name)
        self.places = Semaphore(THREADS + WAITING)


def _call(asked: list[Callable[[], T]], places: Semaphore) -> T:
    try:
        function = asked.pop()
    except IndexError:
        raise Crowded from None  # to nobody, who waits no more
    else:
        return function()
    finally:
        places.release()
