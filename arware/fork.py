"""
Forks: what each process has of its own.

Threads do not survive a fork, the locks that they held stay locked for ever, and two
processes that speak on one connection get one another's answers. Not every server
calls Python's fork hooks (uWSGI does not), so the process is looked at when such a
thing is used.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerProcess(Generic[T]):
    """
    What *make* returns, made once in each process, when it is first asked for.

    After any fork the child makes its own. What its parent made stays untouched beside
    it: to close a connection, or to let go of it, may end the parent's. *make* may be
    called by several threads at once, and all are given the same. If it takes a
    library's locks, ask once before there are threads: they may be held at a fork.
    """

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[int, T] = {}

    def get(self) -> T:
        """Return this process's own."""
        process = os.getpid()
        try:
            return self._made[process]
        except KeyError:
            # No lock: who held it might be gone. This takes one of them for all.
            return self._made.setdefault(process, self._make())
