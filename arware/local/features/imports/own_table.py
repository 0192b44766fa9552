"""
People whom the application knew before: the rows of its own table.

That stays as it is and where it is. :func:`take_over` makes a user of the realm of each
row, with the password that it has; :func:`link` writes into the table who that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, Table, select, update
from sqlalchemy.exc import NoSuchTableError

from . import flow

if TYPE_CHECKING:
    from ...caller import Caller
    from ...realm import Realm
    from .flow import Outcome

#: The columns that can be named, and how they are called where they are not.
COLUMNS = {
    "id": "id",
    "email": "email",
    "password": "password_hash",
    "first_name": "first_name",
    "last_name": "last_name",
}
_NEEDED = "id", "email"


def rows_of(
    connection: Connection, table: str, columns: Mapping[str, str]
) -> tuple[Table, list[dict[str, Any]]]:
    """
    Return the *table* of an application, and its rows under our names for *columns*.

    Raises :class:`ValueError` for a table or a column that is not there.
    """
    try:
        found = Table(table, MetaData(), autoload_with=connection)
    except NoSuchTableError:
        raise ValueError(f"there is no table {table}") from None
    named = {**COLUMNS, **columns}
    for name in dict.fromkeys([*_NEEDED, *columns]):
        if named[name] not in found.c:
            there = ", ".join(found.c.keys())
            raise ValueError(f"{table} has no column {named[name]}: {there}")
    chosen = [found.c[there].label(n) for n, there in named.items() if there in found.c]
    rows = connection.execute(select(*chosen).order_by(found.c[named["id"]]))
    return found, [dict(row) for row in rows.mappings()]


def take_over(
    realm: Realm, rows: Iterable[Mapping[str, Any]], caller: Caller, *, verified: bool
) -> Iterator[Outcome]:
    """
    Make a user of the realm of each of *rows*, which are those of :func:`rows_of`.

    The row's own id is its place, and becomes the user's ``reference``, so that a
    second time nothing happens. The rest is as :func:`.flow.take_over` has it.
    """
    known = (flow.Row(row["id"], _values(row)) for row in rows)
    return flow.take_over(realm, known, caller, verified=verified)


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    names = "email", "first_name", "last_name"
    values = {name: row.get(name) for name in names}
    hashed = row.get("password")
    return values | {"reference": str(row["id"]), "password_hash": hashed}


def link(connection: Connection, table: Table, column: str, ids: Any) -> int:
    """
    Write into *table* who its rows are: into ``realm_user_id``, where it has that.

    *column* is its own id, *ids* are those of :func:`take_over`. Returns how many rows
    were written.
    """
    if "realm_user_id" not in table.c:
        return 0
    written = 0
    for row_id, user_id in ids.items():
        change = update(table).where(
            table.c[column] == row_id, table.c.realm_user_id.is_(None)
        )
        result = connection.execute(change.values(realm_user_id=user_id))
        written += result.rowcount
    return written
