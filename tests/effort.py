"""
How effort grows, measured in CPU time of this thread and compared with itself.

Never a bound in seconds: other work on the machine slows both sides of a ratio.
"""

from __future__ import annotations

import time
from collections.abc import Callable


def effort(act: Callable[[], object], repeats: int = 5) -> float:
    """Return the least CPU time that *act* took, in seconds."""
    best = float("inf")
    for _ in range(repeats):
        began = time.thread_time()
        act()
        best = min(best, time.thread_time() - began)
    return best


def growth(act: Callable[[int], object], size: int, limit: float = 3) -> float:
    """
    Return how much more *act* costs for twice the *size*: 2 is linear, 4 quadratic.

    Below a millisecond nothing is told from noise, so nothing below counts. It is
    measured again, up to five times, while the result is over *limit*.
    """
    least = float("inf")
    for _ in range(5):
        single = max(effort(lambda: act(size)), 1e-3)
        least = min(least, effort(lambda: act(2 * size)) / single)
        if least < limit:
            break
    return least
