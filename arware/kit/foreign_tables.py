"""A table that is not ours: its rows under our names, and a column to write to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, MetaData, Table, select, update
from sqlalchemy.exc import NoSuchTableError


def rows_of(
    connection: Connection,
    table: str,
    columns: Mapping[str, str],
    needed: Collection[str],
) -> tuple[Table, list[dict[str, Any]]]:
    """
    Return *table*, and its rows in the order of their ``id``.

    *columns* says how ours are called there. Those that are not *needed* may be missing
    there, and then are in no row. Raises :class:`ValueError` for a table or a column
    that is not there.
    """
    try:
        found = Table(table, MetaData(), autoload_with=connection)
    except NoSuchTableError:
        raise ValueError(f"there is no table {table}") from None
    for name in columns:
        if name in needed and columns[name] not in found.c:
            names = ", ".join(found.c.keys())
            raise ValueError(f"{table} has no column {columns[name]}: {names}")
    chosen = [
        found.c[there].label(n) for n, there in columns.items() if there in found.c
    ]
    rows = connection.execute(select(*chosen).order_by(found.c[columns["id"]]))
    return found, [dict(row) for row in rows.mappings()]


def fill_in(
    connection: Connection, table: Table, key: str, column: str, values: Any
) -> int:
    """
    Write *values* into *column* of *table*, by the *key* of its rows, where none is.

    Nothing is written where it has no such column. Returns how many rows were written.
    """
    if column not in table.c:
        return 0
    written = 0
    for row_key, value in values.items():
        change = update(table).where(table.c[key] == row_key, table.c[column].is_(None))
        written += connection.execute(change.values({column: value})).rowcount
    return written
