"""``arware realm user import``: people whom the application knew before."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from arware.kit.database import Database, read_database
from arware.kit.operator import Line, NotDone, Remark, Run
from arware.settings.values import InvalidValue

from . import own_table
from .commands import Counted
from .people_file import pair

if TYPE_CHECKING:
    from ...realm import Realm

_EXAMPLE = "password=pw_hash"


def import_table(parser: argparse.ArgumentParser) -> Run:
    """Make users of the rows of your own table."""
    parser.add_argument("table", help="the table that they are in")
    parser.add_argument(
        "--from", dest="source", metavar="URL", help="its database, by default the same"
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="OURS=YOURS",
        help="how a column is called there, like password=pw_hash; may be repeated",
    )
    parser.add_argument(
        "--verified", action="store_true", help="the addresses have been proved"
    )
    return _import


def _import(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    columns = dict(pair(text, own_table.COLUMNS, _EXAMPLE) for text in arguments.column)
    refused: list[str] = []
    try:
        given = arguments.source
        source = Database(read_database(given)) if given else realm.database
        with source.engine.connect() as connection:
            table, rows = own_table.rows_of(connection, arguments.table, columns)
        outcomes = own_table.take_over(
            realm, rows, realm.operator(), verified=arguments.verified
        )
        counted, ids = Counted(), {}
        for outcome in outcomes:
            counted.add(outcome)
            if outcome.problem is None:
                ids[outcome.row.place] = outcome.user_id
            else:
                refused.append(f"{outcome.row.place}: {outcome.problem}")
        own_id = columns.get("id", "id")
        with source.writing() as db:
            linked = own_table.link(db.connection(), table, own_id, ids)
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
