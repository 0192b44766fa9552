"""``arware realm user import``: people whom the application knew before."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arware.kit.operator import Line, NotDone, Remark, Run

if TYPE_CHECKING:
    from ..realm import Realm


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
    from sqlalchemy.exc import SQLAlchemyError

    from arware.kit.database import Database, read_database
    from arware.settings.values import InvalidValue

    from .. import existing

    columns = dict(_pair(text) for text in arguments.column)
    try:
        given = arguments.source
        source = Database(read_database(given)) if given else realm.database
        with source.engine.connect() as connection:
            table, rows = existing.rows_of(connection, arguments.table, columns)
        done, ids = existing.take_over(
            realm, rows, realm.operator(), verified=arguments.verified
        )
        own_id = columns.get("id", "id")
        with source.writing() as db:
            linked = existing.link(db.connection(), table, own_id, ids)
    except InvalidValue as error:
        raise NotDone(str(error)) from None
    except ImportError as error:
        raise NotDone(f"hashes need it: pip install {error.name}") from None
    except SQLAlchemyError as error:
        reason = type(error).__name__
        raise NotDone(f"the table cannot be read ({reason})") from None
    yield Line(
        f"{done.added} added, {done.known} known already, {linked} rows linked",
        {
            "added": done.added,
            "known": done.known,
            "linked": linked,
            "refused": done.refused,
        },
    )
    for line in done.refused:
        yield Remark(f"not added: {arguments.table} {line}")


def _pair(text: str) -> tuple[str, str]:
    from ..existing import COLUMNS

    ours, _, theirs = text.partition("=")
    if ours not in COLUMNS or not theirs:
        raise NotDone(f"{text} is not like password=pw_hash: {', '.join(COLUMNS)}")
    return ours, theirs
