"""``arware.memory``: a store in this process that has a bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from dogpile.cache.api import NO_VALUE, BytesBackend


class BoundedMemory(BytesBackend):
    """
    A store in this process that pushes out what was used least.

    *size* is the largest number of entries, *bytes* that of their bytes.
    """

    def __init__(self, arguments: dict[str, Any]) -> None:
        self._size = int(arguments.get("size", 10_000))
        self._bytes = int(arguments.get("bytes", 64 * 1024 * 1024))
        self._entries: OrderedDict[str, bytes] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def get_serialized(self, key: str) -> Any:
        """Return the bytes of *key*."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return NO_VALUE
            self._entries.move_to_end(key)
            return found

    def keep(self, key: str, value: bytes, _seconds: int) -> bool:
        """Keep *value*, and let go of what does not fit any more."""
        with self._lock:
            self._held += len(value) - len(self._entries.pop(key, b""))
            self._entries[key] = value
            while len(self._entries) > self._size or self._held > self._bytes:
                _, dropped = self._entries.popitem(last=False)
                self._held -= len(dropped)
        return True

    def hang_up(self) -> None:
        """Do nothing: there are no connections."""
