"""A bounded mapping that forgets what was not used for long."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LRU(Generic[K, V]):
    """
    Keep at most *limit* entries, the recently used ones.

    Two generations: when the young one is full a copy of it becomes the old one, and
    what is used from the old one is young too. Threads may share it without a lock: a
    race can forget an entry early and do no other harm.
    """

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return the entry of *key*, ``None`` if there is none (any more)."""
        young = self._young
        value = young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self._add(young, key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep *value*; it must not be ``None``."""
        self._add(self._young, key, value)

    def values(self) -> list[V]:
        """
        Return all that is kept, some of it twice.

        What was kept before and is not in it will not be found any more.
        """
        # The young first. Nothing is taken out of a generation, so what is young again
        # is among the old too, before and after a turn; who comes too late for the
        # turn puts it where nobody looks any more.
        return [*self._young.copy().values(), *self._old.copy().values()]

    def _add(self, young: dict[K, V], key: K, value: V) -> None:
        young[key] = value
        if len(young) >= self._half and young is self._young:
            self._old = young.copy()
            self._young = {}
