"""
Forks: what a child process has to begin anew.

Threads do not survive a fork, the locks that they held stay locked for ever, and two
processes that speak on one connection get one another's answers.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from weakref import WeakMethod

_beginnings: set[WeakMethod[Callable[[], None]]] = set()


def in_each_process(begin: Callable[[], None]) -> None:
    """
    Call *begin* now, and after a fork in the child.

    It is a bound method, called for as long as its owner lives: this keeps nobody.
    """
    begin()
    _beginnings.add(WeakMethod(begin, _beginnings.discard))


def _after_fork() -> None:
    for reference in list(_beginnings):
        begin = reference()
        if begin is not None:
            begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
