"""Measure several candidates in interleaved rounds; the fastest round counts."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 150


@dataclass(frozen=True)
class Figure:
    """One line of the table; *value* and *target* are in *unit*."""

    name: str
    value: float
    target: float
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.target


def interleaved(
    candidates: Mapping[str, Callable[[], float]], rounds: int = ROUNDS
) -> dict[str, float]:
    """
    Return the least seconds of each candidate over *rounds*.

    A candidate prepares its work, does it, and returns how long the doing took.
    """
    best = dict.fromkeys(candidates, float("inf"))
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, candidate in candidates.items():
                best[name] = min(best[name], candidate())
    finally:
        gc.enable()
    return best


def timed(action: Callable[[], object]) -> float:
    """
    Return how many seconds of this thread's processor *action* takes.

    Not the wall's clock: what else the machine does must not count.
    """
    began = time.thread_time()
    action()
    return time.thread_time() - began
