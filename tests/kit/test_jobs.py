"""Jobs, and the thread that does them."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from arware.kit.jobs import Job, Jobs
from tests.services import wait_until

HOUR = 3600


class Counted:
    """A job that counts how often it was done, and when it was told it was."""

    def __init__(self, *, fails: bool = False) -> None:
        self.times: list[int] = []
        self.threads: list[str] = []
        self.fails = fails

    def __call__(self, now: int) -> None:
        self.times.append(now)
        self.threads.append(threading.current_thread().name)
        if self.fails:
            raise RuntimeError("it failed")


@pytest.fixture
def start() -> Iterator[Callable[..., Jobs]]:
    """Return what starts jobs; they end with the test."""
    started: list[Jobs] = []

    def starter(*jobs: Job) -> Jobs:
        made = Jobs(jobs, lambda: 5.9)
        made.start()
        started.append(made)
        return made

    yield starter
    for jobs in started:
        jobs.stop()


def test_jobs_are_done_once_by_hand() -> None:
    """In the order in which they were given, and with the time in whole seconds."""
    done: list[tuple[str, int]] = []
    names = ["first", "second"]
    jobs = Jobs(
        [Job(n, lambda now, n=n: done.append((n, now)), HOUR) for n in names],
        lambda: 5.9,
    )

    assert all(jobs.once().values())
    assert done == [("first", 5), ("second", 5)]


def test_a_job_that_fails_does_not_keep_the_others_from_theirs(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is logged, and the caller is told."""
    first, second = Counted(fails=True), Counted()
    jobs = Jobs([Job("a", first, HOUR), Job("b", second, HOUR)], lambda: 5)

    assert not all(jobs.once().values())
    assert second.times == [5]
    (record,) = caplog.records
    assert record.getMessage() == "job a failed"
    assert record.exc_info is not None


def test_a_thread_does_jobs_at_once_and_when_woken(start: Callable[..., Jobs]) -> None:
    """Not only after its time."""
    job = Counted()
    jobs = start(Job("a", job, HOUR))
    wait_until(lambda: len(job.times) == 1)
    jobs.wake("a")
    wait_until(lambda: len(job.times) == 2)
    jobs.wake("unknown")

    assert set(job.threads) == {"arware-jobs"}


def test_a_thread_does_jobs_again_and_again(start: Callable[..., Jobs]) -> None:
    """Each as often as it says, whatever the others do."""
    often, seldom = Counted(), Counted()
    start(Job("often", often, 0), Job("seldom", seldom, HOUR))
    wait_until(lambda: len(often.times) > 20)

    assert len(seldom.times) == 1


def test_a_job_that_fails_has_a_pause(start: Callable[..., Jobs]) -> None:
    """It does not fill the log, and the others go on."""
    failing, often = Counted(fails=True), Counted()
    start(Job("failing", failing, 0), Job("often", often, 0))
    wait_until(lambda: len(often.times) > 20)

    assert len(failing.times) == 1


def test_a_job_that_is_woken_while_it_is_done_is_done_again(
    start: Callable[..., Jobs],
) -> None:
    """What came too late for this round is not left for an hour."""
    is_running, may_end = threading.Event(), threading.Event()
    times: list[int] = []

    def slow(now: int) -> None:
        times.append(now)
        is_running.set()
        may_end.wait(60)

    jobs = start(Job("slow", slow, HOUR))
    is_running.wait(60)
    jobs.wake("slow")
    may_end.set()
    wait_until(lambda: len(times) == 2)


def test_many_starts_make_one_thread(start: Callable[..., Jobs]) -> None:
    """Each request asks for it."""
    job = Counted()
    jobs = start(Job("a", job, HOUR))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: jobs.start(), range(100)))
    wait_until(lambda: len(job.times) == 1)

    assert job.times == [5]


def test_a_stopped_thread_is_over(start: Callable[..., Jobs]) -> None:
    """Nothing is done any more, until somebody starts again."""
    job = Counted()
    jobs = start(Job("a", job, 0))
    wait_until(lambda: len(job.times) > 1)
    jobs.stop()
    jobs.stop()
    done = len(job.times)
    jobs.wake("a")
    time.sleep(0.05)
    assert len(job.times) == done

    jobs.start()
    wait_until(lambda: len(job.times) > done)


def test_what_has_no_jobs_has_no_thread(start: Callable[..., Jobs]) -> None:
    """A thread that has nothing to do is not made."""
    before = set(threading.enumerate())
    start()

    assert "arware-jobs" not in {t.name for t in set(threading.enumerate()) - before}


def test_each_process_has_a_thread_of_its_own(start: Callable[..., Jobs]) -> None:
    """After a fork the child's requests start one; the parent's is not there."""
    job = Counted()
    jobs = start(Job("a", job, HOUR))
    wait_until(lambda: len(job.times) == 1)
    context = multiprocessing.get_context("fork")
    told = context.SimpleQueue()

    def child() -> None:
        jobs.start()
        wait_until(lambda: len(job.times) == 2)
        jobs.stop()
        told.put(len(job.times))

    process = context.Process(target=child)
    process.start()
    process.join()
    assert told.get() == 2
    assert len(job.times) == 1


def test_a_long_job_is_told_that_it_is_to_end() -> None:
    """Stopping waits for it, and it need not do all that it has to do."""
    steps: list[int] = []

    def long(now: int) -> None:
        while not jobs.is_stopping:
            steps.append(now)

    jobs = Jobs([Job("long", long, HOUR)], lambda: 5)
    jobs.start()
    wait_until(lambda: len(steps) > 1)
    jobs.stop()
    done = len(steps)

    assert jobs.is_stopping
    assert len(steps) == done


PROGRAM = """
import sys, threading, time
from arware.kit.jobs import Job, Jobs

begun = threading.Event()

def slow(now):
    begun.set()
    time.sleep(0.3)
    sys.stdout.write("done")

Jobs([Job("slow", slow, 3600)], lambda: 5).start()
begun.wait()
"""


def test_a_process_that_ends_finishes_what_it_does() -> None:
    """A server that is started anew does not send half a mail."""
    program = [sys.executable, "-c", PROGRAM]
    result = subprocess.run(program, capture_output=True, text=True, check=True)

    assert result.stdout == "done"
    assert result.stderr == ""
