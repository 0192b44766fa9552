"""What each process has of its own."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable

import pytest

from arware.fork import PerProcess


def c_fork() -> int:
    """Fork as a server written in C does: no hook of Python's is called."""
    return int(ctypes.PyDLL(None).fork())


def in_child(fork: Callable[[], int], seen: Callable[[], int]) -> int:
    """Return the small number that *seen* returns in a child."""
    child = fork()
    if child == 0:
        os._exit(seen())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def makes_its_own(fork: Callable[[], int]) -> bool:
    """Tell whether a child has a value of its own, and the parent still its own."""
    held = PerProcess(lambda: [os.getpid()])
    here = held.get()
    told = in_child(fork, lambda: held.get() == [os.getpid()] != here)
    return told == 1 and held.get() is here


def locks_anew(fork: Callable[[], int]) -> bool:
    """Tell whether a lock that is held at the fork is free in the child."""
    held = PerProcess(threading.Lock)
    with held.get():
        return in_child(fork, lambda: held.get().acquire(blocking=False)) == 1


def keeps_the_parents(fork: Callable[[], int]) -> bool:
    """Tell whether what the parent made is still there in the child."""
    held = PerProcess(set[int])
    parents = weakref.ref(held.get())

    def kept() -> int:
        held.get()
        gc.collect()
        return parents() is not None

    return in_child(fork, kept) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize("fork", ["os.fork", "c_fork"])
@pytest.mark.parametrize("holds", ["makes_its_own", "locks_anew", "keeps_the_parents"])
def test_f12_a_child_is_on_its_own_after_any_fork(fork: str, holds: str) -> None:
    """It has its own value and lock, whether or not Python heard of the fork."""
    # In a process with one thread: after a fork that Python did not hear of, another
    # thread of the parent could hold the interpreter for ever.
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from tests.test_fork import *; print({holds}({fork}))",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert told.stdout == "True\n", told.stderr


def test_all_threads_are_given_the_same() -> None:
    """Those who come while it is made get what the first of them made."""
    together = threading.Barrier(4)

    def make() -> object:
        together.wait(10)
        return object()

    held = PerProcess(make)
    found: list[object] = []
    threads = [
        threading.Thread(target=lambda: found.append(held.get())) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert len(found) == 4
    assert len(set(map(id, found))) == 1


def test_nobody_is_kept_for_it() -> None:
    """An owner that is gone is forgotten, with what it held."""

    class Owner:
        def __init__(self) -> None:
            self.held = PerProcess(self.made)

        def made(self) -> object:
            return object()

    owner = Owner()
    owner.held.get()
    gone = weakref.ref(owner)
    del owner
    gc.collect()

    assert gone() is None


def test_what_fails_to_be_made_is_tried_again() -> None:
    """The error is the caller's, and nothing is kept of it."""
    turns = iter(["not yet", "7"])
    held = PerProcess(lambda: int(next(turns)))

    with pytest.raises(ValueError, match="not yet"):
        held.get()
    assert held.get() == 7
