"""Threads that may not be had: a process is allowed only so many."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger("arware")


def started(start: Callable[..., object], *arguments: object) -> bool:
    """Call *start*, which starts a thread, and tell whether one could be had."""
    try:
        start(*arguments)
    except RuntimeError as error:
        log.warning("no thread could be started: %s", error)
        return False
    return True
