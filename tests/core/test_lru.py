"""The bounded mapping."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arware.core.lru import LRU


def test_what_is_kept_is_found() -> None:
    """Absent keys give nothing."""
    recent: LRU[str, int] = LRU(10)
    recent.put("a", 1)

    assert recent.get("a") == 1
    assert recent.get("b") is None


@pytest.mark.parametrize("limit", [0, 1, 2, 10, 11])
def test_it_never_holds_more_than_its_limit(limit: int) -> None:
    """However many are put in, in whatever order they are used."""
    recent: LRU[int, int] = LRU(limit)
    for number in range(100):
        recent.put(number, number + 1)
        recent.get(number - 1)

        assert len(recent.values()) <= max(2, limit)
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


class Key:
    """A key that lets something happen once, when it is looked for the nth time."""

    def __init__(self) -> None:
        self.looks = -1
        self.act: Callable[[], object] = list

    def __hash__(self) -> int:
        self.looks -= 1
        if self.looks == 0:
            self.act()
        return 1


class Copied(dict[Any, Any]):
    """A mapping that lets something happen once, after it was copied."""

    act: Callable[[], object] | None = None

    def copy(self) -> dict[Any, Any]:
        """Copy it."""
        made, act, self.act = dict(self), self.act, None
        if act:
            act()
        return made


def turn(recent: LRU[Any, Any], times: int) -> None:
    """Put in what makes so many generations of two."""
    for number in range(2 * times):
        recent.put(f"{times} {number}", "other")


@pytest.mark.parametrize("turns", [0, 1, 2])
@pytest.mark.parametrize("look", [1, 2, 3])
def test_what_is_missed_while_it_is_used_is_not_found_later(look, turns) -> None:
    """At each moment of a use, however many generations have passed since it began."""
    recent, key, seen = LRU[Any, Any](4), Key(), []
    recent.put(key, "used")
    recent.put("b", "other")
    recent.put("c", "other")
    key.looks = look
    key.act = lambda: (turn(recent, turns), seen.extend(recent.values()))
    recent.get(key)

    assert seen
    assert recent.get(key) in (None, *seen)


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_what_is_used_while_all_is_looked_at_is_not_missed(before, after) -> None:
    """Nor is it if generations change meanwhile."""
    recent = LRU[Any, Any](4)
    for name in ("a", "b", "c"):
        recent.put(name, f"that of {name}")
    young = Copied(recent._young)
    young.act = lambda: (turn(recent, before), recent.get("a"), turn(recent, after))
    recent._young = young
    seen = recent.values()

    assert recent.get("a") in (None, *seen)
