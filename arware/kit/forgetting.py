"""Removing what is old, a piece at a time: nobody waits long for a lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import Session

#: How many rows one transaction removes at most.
PIECE = 1000

#: What forgets: in a transaction, what is of *before* that time or older, and at most
#: so many rows; it returns how many there were.
Forget = Callable[[Session, int, int], int]


@dataclass(frozen=True, slots=True)
class Kept:
    """
    Something that is kept for a while.

    *what* says so to people, in English; *seconds* is asked with the settings.
    """

    what: str
    forget: Forget
    seconds: Callable[[Any], int]


def delete_some(db: Session, key: Any, where: ColumnElement[bool], most: int) -> int:
    """Delete at most *most* rows of those that meet *where*; *key* is the primary."""
    return _changed(db, delete(key.class_).where(key.in_(_some(key, where, most))))


def update_some(
    db: Session, key: Any, where: ColumnElement[bool], most: int, **values: object
) -> int:
    """Give *values* to at most *most* rows of those that meet *where*."""
    some = update(key.class_).where(key.in_(_some(key, where, most)))
    return _changed(db, some.values(values))


def _some(key: Any, where: ColumnElement[bool], most: int) -> Select[Any]:
    # It waits for nobody: rows that are in use just now are removed the next time.
    return select(key).where(where).limit(most).with_for_update(skip_locked=True)


def _changed(db: Session, change: Any) -> int:
    done: Any = db.execute(change.execution_options(synchronize_session=False))
    return int(done.rowcount)
