"""The bounded mapping."""

from __future__ import annotations

import pytest

from arware.core.lru import LRU


def test_what_is_kept_is_found_until_it_is_dropped() -> None:
    """Absent keys give nothing, dropping one twice does no harm."""
    recent: LRU[str, int] = LRU(10)
    recent.put("a", 1)

    assert recent.get("a") == 1
    assert recent.get("b") is None
    recent.drop("a")
    recent.drop("a")
    assert recent.get("a") is None


@pytest.mark.parametrize("limit", [0, 1, 2, 10, 11])
def test_it_never_holds_more_than_its_limit(limit: int) -> None:
    """However many are put in, in whatever order they are used."""
    recent: LRU[int, int] = LRU(limit)
    for number in range(100):
        recent.put(number, number + 1)
        recent.get(number - 1)

        assert len(recent) <= max(2, limit)
    assert recent.get(99) == 100


def test_what_is_used_stays_and_what_is_not_goes() -> None:
    """Entries that nobody asks for are forgotten after two generations."""
    recent: LRU[str, int] = LRU(4)
    recent.put("used", 1)
    recent.put("unused", 2)
    for number in range(10):
        recent.put(str(number), 3)

        assert recent.get("used") == 1
    assert recent.get("unused") is None


def test_what_is_found_in_the_old_generation_is_kept_once() -> None:
    """It moves to the young one and is dropped from wherever it is."""
    recent: LRU[str, int] = LRU(4)
    for name in ("a", "b", "c"):
        recent.put(name, 1)

    assert recent.get("a") == 1
    assert len(recent) == 3
    recent.drop("b")
    assert recent.get("b") is None
    assert len(recent) == 2
