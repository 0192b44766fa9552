"""What a child process begins anew."""

from __future__ import annotations

import gc
import os

import pytest

from arware import forks
from arware.forks import in_each_process


class Counter:
    """Counts how often it began."""

    def __init__(self) -> None:
        self.begun = 0
        in_each_process(self.begin)

    def begin(self) -> None:
        """Begin."""
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
    known = len(forks._beginnings)
    counters = [Counter(), Counter()]
    assert len(forks._beginnings) == known + 2

    counters.clear()
    gc.collect()
    forks._after_fork()

    assert len(forks._beginnings) <= known
