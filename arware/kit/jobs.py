"""Jobs: what is done every so many seconds, by a thread beside the pages or alone."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from arware.fork import PerProcess

log = logging.getLogger("arware.kit.jobs")

T = TypeVar("T")

#: Seconds until a job that failed is tried again, if it is not due later anyway.
PAUSE = 60
#: Seconds for which :meth:`Jobs.stop` waits for what is being done.
PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Job:
    """What is called with the time (UTC seconds) every *every* seconds."""

    name: str
    function: Callable[[int], None]
    every: int

    def do(self, now: float) -> bool:
        """Do it; return whether it went well. What went wrong is logged."""
        try:
            self.function(int(now))
        except Exception:
            log.exception("job %s failed", self.name)
            return False
        return True


class Incomplete(Exception):
    """Of what a job had to do some failed, which was logged, and the rest is done."""


def do_each(items: Iterable[T], do: Callable[[T], object]) -> None:
    """
    Call *do* with each of *items*, with those, too, that come after one that fails.

    What fails now fails the next time as well, and must not keep the others from their
    turn for ever. Raises :class:`Incomplete` at the end, so that the job has failed.
    """
    failed = 0
    for item in items:
        try:
            do(item)
        except Exception:
            log.exception("a part of a job failed")
            failed += 1
    if failed:
        raise Incomplete(f"{failed} failed")


class Jobs:
    """
    Some jobs, and the thread that does them, one in each process that asks for it.

    Several processes may do a job at once, so each must be such that this does no harm.
    One that fails is tried again, and the others go on. *clock* tells jobs the time;
    when they are due is measured by a clock that nobody sets.
    """

    def __init__(self, jobs: Sequence[Job], clock: Callable[[], float]) -> None:
        self._jobs = tuple(jobs)
        self._clock = clock
        self._own = PerProcess(_Own)

    def start(self) -> None:
        """
        See that a thread does the jobs in this process, also after a fork.

        It costs next to nothing where there is one, so each request may ask for it.
        """
        own = self._own.get()
        if own.worker is None and self._jobs:
            with own.lock:
                if own.worker is None:
                    own.is_stopping = False
                    own.worker = _Worker(self._jobs, self._clock)
                    own.worker.start()
                    # Else a server that is started anew cuts off what is being done.
                    atexit.register(self.stop)

    def wake(self, name: str) -> None:
        """Let the thread, if there is one, do the job called *name* at once."""
        worker = self._own.get().worker
        if worker is not None:
            worker.wake(name)

    def stop(self) -> None:
        """
        End the thread after what it is doing, waiting for a while and no longer.

        A process that ends by itself does so, too.
        """
        own = self._own.get()
        with own.lock:
            worker, own.worker = own.worker, None
            own.is_stopping = True
        if worker is not None:
            atexit.unregister(self.stop)
            worker.stop()
            worker.join(PATIENCE)

    def once(self) -> dict[str, bool]:
        """Do each job once, in this thread; return by their names what went well."""
        return {job.name: job.do(self._clock()) for job in self._jobs}

    @property
    def is_stopping(self) -> bool:
        """Whether the thread was told to end: long jobs ask between two steps."""
        return self._own.get().is_stopping


class _Own:
    """What a process has of its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.worker: _Worker | None = None
        self.is_stopping = False


class _Worker(threading.Thread):
    """
    A thread that does jobs until it is stopped.

    A daemon: who forgets to stop it can end all the same, and jobs survive that, as
    they survive being killed.
    """

    def __init__(self, jobs: Sequence[Job], clock: Callable[[], float]) -> None:
        super().__init__(name="arware-jobs", daemon=True)
        self._jobs = {job.name: job for job in jobs}
        self._clock = clock
        self._due = dict.fromkeys(self._jobs, 0.0)
        self._is_stopped = False
        self._changed = threading.Condition()

    def wake(self, name: str) -> None:
        """Make the job called *name* due, even if it is being done just now."""
        with self._changed:
            if name in self._due:
                self._due[name] = 0.0
                self._changed.notify()

    def stop(self) -> None:
        """Let it end after the job that it does."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify()

    def run(self) -> None:
        """Do what is due, whenever it is."""
        while (job := self._next()) is not None:
            if not job.do(self._clock()):
                self._put_off(job)

    def _next(self) -> Job | None:
        """Wait for the next job and return it; ``None`` is the end."""
        with self._changed:
            while not self._is_stopped:
                name = min(self._due, key=self._due.__getitem__)
                seconds = self._due[name] - time.monotonic()
                if seconds <= 0:
                    job = self._jobs[name]
                    self._due[name] = time.monotonic() + job.every
                    return job
                self._changed.wait(seconds)
        return None

    def _put_off(self, job: Job) -> None:
        with self._changed:
            # Also if it was woken meanwhile: what fails would fail at once again.
            self._due[job.name] = time.monotonic() + max(job.every, PAUSE)
