"""
What a database holds about a person: a copy of it, and its end.

A mapped class whose rows are about people says so by an attribute ``personal``. So a
table that comes with a feature is in each copy, and goes with its person, without a
list that somebody has to keep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, false, select, update
from sqlalchemy.orm import DeclarativeBase, Session


@dataclass(frozen=True, slots=True)
class Personal:
    """
    How the rows of a table are about a person.

    In a copy they stand under *name*, with all columns but those that are *withheld*:
    secrets, digests of them, and what says nothing to anybody. The column *of* holds
    the attribute *by* of the person. When the person goes they go, too; those that
    have to stay as a record are *emptied*: given these values.
    """

    name: str
    withheld: tuple[str, ...] = ()
    of: str = "user_id"
    by: str = "id"
    emptied: Mapping[str, Any] | None = None


def personal_tables(base: type[DeclarativeBase]) -> Iterator[tuple[Table, Personal]]:
    """Yield the tables of *base* that hold something of people, parents first."""
    declared = {
        mapper.local_table: mapper.class_.personal
        for mapper in base.registry.mappers
        if hasattr(mapper.class_, "personal")
    }
    for table in base.metadata.sorted_tables:
        if table in declared:
            yield table, declared[table]


def copy(
    db: Session, base: type[DeclarativeBase], person: Any
) -> dict[str, list[dict[str, Any]]]:
    """
    Return all that is held about *person*, as JSON can say it, without any secret.

    Times are texts as of ISO 8601, in UTC.
    """
    found = {}
    for table, personal in personal_tables(base):
        shown = [one for one in table.c if one.name not in personal.withheld]
        asked = select(*shown).where(_is_theirs(table, personal, person))
        rows = db.execute(asked.order_by(*table.primary_key)).mappings()
        found[personal.name] = [_said(row) for row in rows]
    return found


def erase(db: Session, base: type[DeclarativeBase], person: Any) -> None:
    """Remove all that is held about *person*, who is a row of such a table, too."""
    for table, personal in reversed(list(personal_tables(base))):
        theirs = _is_theirs(table, personal, person)
        if personal.emptied is None:
            db.execute(delete(table).where(theirs))
        else:
            db.execute(update(table).where(theirs).values(**personal.emptied))


def time_text(seconds: int) -> str:
    """Return a time as of ISO 8601: ``2026-11-30T12:00:00Z``."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _is_theirs(table: Table, personal: Personal, person: Any) -> ColumnElement[bool]:
    named = getattr(person, personal.by)
    # SQLAlchemy would ask for rows of nobody: who has no address has nothing by it.
    return false() if named is None else table.c[personal.of] == named


def _said(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        name: time_text(value) if _is_time(name) and value is not None else value
        for name, value in row.items()
    }


def _is_time(name: str) -> bool:
    return name == "at" or name.endswith(("_at", "_until"))
