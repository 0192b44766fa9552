"""Interleaved rounds, and the lines of the table that come out of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

#: The name of the checkout that is measured; any other is one to compare it with.
HERE = "here"
OTHER = "other"

#: The checkouts by name.
Checkouts = Mapping[str, Path]


@dataclass(frozen=True)
class Figure:
    """
    One line of the table; *value* and *target* are in *unit*.

    *against* is how many times the other checkout's cost this one's is, if there is
    another.
    """

    name: str
    value: float
    target: float
    unit: str = "x"
    against: float | None = None

    @property
    def met(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.target


def interleaved(
    candidates: Mapping[str, Callable[[], float]], rounds: int
) -> dict[str, list[float]]:
    """
    Return what each candidate returned in each of *rounds*.

    They take turns, and each round begins with another one, so that none always
    follows the same neighbour.
    """
    found: dict[str, list[float]] = {name: [] for name in candidates}
    names = list(candidates)
    for _ in range(rounds):
        for name in names:
            found[name].append(candidates[name]())
        names.append(names.pop(0))
    return found


def timed(action: Callable[[], object]) -> float:
    """
    Return how many seconds of this thread's processor *action* takes.

    Not the wall's clock: what else the machine does must not count.
    """
    began = time.thread_time()
    action()
    return time.thread_time() - began
