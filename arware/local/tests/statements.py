"""Counting what is asked of the database: equal work is counted, not timed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from ..realm import Realm


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
