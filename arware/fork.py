"""
Forks: what a child process has to begin anew.

Threads do not survive a fork, the locks that they held stay locked for ever, and two
processes that speak on one connection get one another's answers.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

log = logging.getLogger("arware")

_beginnings: WeakKeyDictionary[object, Callable[[Any], None]] = WeakKeyDictionary()


def in_each_process(begin: Callable[[], None]) -> None:
    """
    Call *begin* now, and after a fork in the child.

    It is a bound method, the only one of its owner, and is called for as long as the
    owner lives: this keeps nobody.
    """
    begin()
    owner, function = begin.__self__, begin.__func__  # type: ignore[attr-defined]
    _beginnings[owner] = function


def _after_fork() -> None:
    for owner, begin in list(_beginnings.items()):
        try:
            begin(owner)
        except Exception:
            # The others must not go on with locks that nobody will release.
            log.exception("after a fork, something could not begin anew")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
