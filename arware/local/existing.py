"""
People whom the application knew before: their rows, and who they are in the realm.

The application's own table stays as it is and where it is. :func:`take_over` makes a
user of the realm of each row, with the password that it has; :class:`HasLogin` is for
the model, so that a row is found by who is logged in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, MetaData, Select, String, Table, select, update
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.orm import Mapped, mapped_column

from . import importing

if TYPE_CHECKING:
    from .caller import Caller
    from .current import CurrentUser
    from .importing import Outcome
    from .realm import Realm

T = TypeVar("T", bound="HasLogin")

#: The columns that can be named, and how they are called where they are not.
COLUMNS = {
    "id": "id",
    "email": "email",
    "password": "password_hash",
    "first_name": "first_name",
    "last_name": "last_name",
}
_NEEDED = "id", "email"


class HasLogin:
    """
    A mixin for the application's model of users: which user of the realm a row is.

    It adds a column that may be empty, and its index: the migration only adds::

        class Person(HasLogin, Base): ...

        person = db.scalars(Person.logged_in(request.current_user)).one_or_none()
    """

    # An index has a name: a constraint without one cannot be added on SQLite.
    realm_user_id: Mapped[str | None] = mapped_column(
        String(26), unique=True, index=True
    )

    @classmethod
    def logged_in(cls: type[T], user: CurrentUser) -> Select[T]:
        """Return the query of the row of *user*."""
        return select(cls).where(cls.realm_user_id == user.id)


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
    second time nothing happens. The rest is as :func:`.importing.take_over` has it.
    """
    known = (importing.Row(row["id"], _values(row)) for row in rows)
    return importing.take_over(realm, known, caller, verified=verified)


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
