"""What a child process begins anew."""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import weakref

import pytest

from arware import fork as forks
from arware.fork import in_each_process


class Counter:
    """Counts how often it began; may fail at it."""

    def __init__(self) -> None:
        self.begun = 0
        self.fails = False
        in_each_process(self.begin)

    def begin(self) -> None:
        """Begin."""
        if self.fails:
            raise ValueError("it cannot begin")
        self.begun += 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_t25_it_begins_at_once_and_in_each_child() -> None:
    """The parent goes on with what it had."""
    counter = Counter()
    child = os.fork()
    if child == 0:
        os._exit(counter.begun)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 2
    assert counter.begun == 1


def test_nobody_is_kept_for_it() -> None:
    """An owner that is gone is forgotten."""
    counter = Counter()
    gone = weakref.ref(counter)
    del counter
    gc.collect()

    assert gone() is None
    forks._after_fork()


def test_t25_one_that_fails_does_not_stop_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Their locks may be held by threads that are gone."""
    counters = [Counter() for _ in range(3)]
    counters[1].fails = True
    with caplog.at_level(logging.ERROR, "arware"):
        forks._after_fork()

    assert [counter.begun for counter in counters] == [2, 1, 2]
    assert "could not begin anew" in caplog.text


def test_nothing_is_told_at_the_end_of_the_program() -> None:
    """A region that a module keeps is torn down together with its module."""
    program = "from arware.runtime.stores import region; kept = region()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stderr == ""
