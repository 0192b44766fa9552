"""
``arware realm user import``: people whom the application knew before.

Its own table stays as it is and where it is. Each row becomes a user of the realm, with
the password that it has; who that is, is written into the column ``realm_user_id``,
where there is one. The row's own id becomes the user's ``reference``, so that a second
time nothing happens.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from arware.kit.database import Database, read_database
from arware.kit.foreign_tables import fill_in, rows_of
from arware.kit.operator import Line, NotDone, Remark, Run
from arware.settings.values import InvalidValue

from . import flow
from .commands import Counted, add_mapping, mapping_of

if TYPE_CHECKING:
    from ...realm import Realm

#: The columns that can be named, and how they are called where they are not.
COLUMNS = {
    "id": "id",
    "email": "email",
    "password": "password_hash",
    "first_name": "first_name",
    "last_name": "last_name",
}
_NEEDED = "id", "email"
_EXAMPLE = "password=pw_hash"


def import_table(parser: argparse.ArgumentParser) -> Run:
    """Make users of the rows of your own table."""
    parser.add_argument("table", help="the table that they are in")
    parser.add_argument(
        "--from", dest="source", metavar="URL", help="its database, by default the same"
    )
    add_mapping(parser, _EXAMPLE)
    return _import


def _import(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    given = mapping_of(arguments, COLUMNS, _EXAMPLE)
    columns, needed = {**COLUMNS, **given}, {*_NEEDED, *given}
    refused: list[str] = []
    try:
        url = arguments.source
        source = Database(read_database(url)) if url else realm.database
        with source.engine.connect() as connection:
            table, rows = rows_of(connection, arguments.table, columns, needed)
        known = (flow.Row(row["id"], _values(row)) for row in rows)
        outcomes = flow.take_over(
            realm, known, realm.operator(), verified=arguments.verified
        )
        counted, ids = Counted(), {}
        for outcome in outcomes:
            counted.add(outcome)
            if outcome.problem is None:
                ids[outcome.row.place] = outcome.user_id
            else:
                refused.append(f"{outcome.row.place}: {outcome.problem}")
        key = columns["id"]
        with source.writing() as db:
            linked = fill_in(db.connection(), table, key, "realm_user_id", ids)
    except InvalidValue as error:
        raise NotDone(str(error)) from None
    except SQLAlchemyError as error:
        reason = type(error).__name__
        raise NotDone(f"the table cannot be read ({reason})") from None
    values = counted.values | {"linked": linked}
    yield Line(f"{counted}, {linked} rows linked", values)
    for line in refused:
        yield Remark(f"not added: {arguments.table} {line}")
    counted.check()


def _values(row: Mapping[str, Any]) -> dict[str, Any]:
    names = "email", "first_name", "last_name"
    values = {name: row.get(name) for name in names}
    hashed = row.get("password")
    return values | {"reference": str(row["id"]), "password_hash": hashed}
