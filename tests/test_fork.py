"""What each process has of its own."""

from __future__ import annotations

import ctypes
import gc
import os
import threading
import weakref
from collections.abc import Callable

import pytest

from arware.fork import PerProcess

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"),
]


def c_fork() -> int:
    """Fork as a server written in C does: no hook of Python's is called."""
    return int(ctypes.PyDLL(None).fork())


def in_child(fork: Callable[[], int], seen: Callable[[], int]) -> int:
    """Return the small number that *seen* returns in a child."""
    child = fork()
    if child == 0:
        os._exit(seen())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("fork", [os.fork, c_fork])
def test_f12_a_child_makes_its_own_after_any_fork(fork: Callable[[], int]) -> None:
    """A child has a value of its own, whether or not Python heard of the fork."""
    held = PerProcess(lambda: [os.getpid()])
    here = held.get()

    assert here == [os.getpid()]
    assert in_child(fork, lambda: held.get() == [os.getpid()] != here) == 1
    assert held.get() is here


@pytest.mark.parametrize("fork", [os.fork, c_fork])
def test_f12_a_lock_held_at_the_fork_is_free_in_the_child(
    fork: Callable[[], int],
) -> None:
    """The child's lock is another, so nobody waits for a thread that is gone."""
    held = PerProcess(threading.Lock)
    with held.get():
        assert in_child(fork, lambda: held.get().acquire(blocking=False)) == 1


def test_f12_what_the_parent_made_is_not_let_go_of_in_the_child() -> None:
    """To let go of a connection may end it for the parent, too."""
    held = PerProcess(set[int])
    parents = weakref.ref(held.get())

    def kept() -> int:
        held.get()
        gc.collect()
        return parents() is not None

    assert in_child(c_fork, kept) == 1


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
