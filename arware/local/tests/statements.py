"""Counting what is asked of the database: equal work is counted, not timed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from arware.kit.passwords import Passwords

from ..realm import Realm


class CountingPasswords(Passwords):
    """A hasher that knows how often it was asked, and what for."""

    count = 0

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        #: The hashes that were verified, ``None`` for the one that nobody has.
        self.verified: list[str | None] = []

    def hash(self, password: str) -> str:
        """Count, and hash."""
        self.count += 1
        return super().hash(password)

    def verify(
        self, stored: str | None, password: str, decoy: str | None = None
    ) -> bool:
        """Count, and verify."""
        self.count += 1
        self.verified.append(stored or decoy)
        return super().verify(stored, password, decoy)


@contextmanager
def statements(realm: Realm) -> Iterator[list[str]]:
    """Note all statements meanwhile."""
    found: list[str] = []

    def note(_c: Any, _r: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    engine = realm.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)
