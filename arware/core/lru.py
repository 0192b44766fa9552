"""A bounded mapping that forgets what was not used for long."""

from __future__ import annotations

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LRU(Generic[K, V]):
    """
    Keep at most *limit* entries, the recently used ones.

    Two generations: when the young one is full it becomes the old one, and what is
    used from the old one is young again. Nothing is iterated, so threads may share it
    without a lock: a race can forget an entry early and do no other harm.
    """

    __slots__ = ("_half", "_old", "_young")

    def __init__(self, limit: int) -> None:
        self._half = max(1, limit // 2)
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: K) -> V | None:
        """Return the entry of *key*, ``None`` if there is none (any more)."""
        value = self._young.get(key)
        if value is None:
            value = self._old.pop(key, None)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep *value*; it must not be ``None``."""
        if len(self._young) >= self._half:
            self._old = self._young
            self._young = {}
        self._young[key] = value

    def values(self) -> list[V]:
        """Return all that is kept just now."""
        return [*self._young.copy().values(), *self._old.copy().values()]

    def drop(self, key: K) -> None:
        """Forget *key*, if it was there."""
        self._young.pop(key, None)
        self._old.pop(key, None)
