"""``arware realm migrate``: bring the tables of a realm up to date."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from arware.errors import ConfigurationError
from arware.kit.migrations import is_newer
from arware.kit.operator import Line
from arware.kit.terminal import safely, say_line

from ..opening import open_database
from ..tables import MIGRATIONS
from .options import settings_of, with_config

if TYPE_CHECKING:
    from arware.settings import Fault


def add_parser(subparsers: Any) -> None:
    """Add the command."""
    migrate = with_config(
        subparsers.add_parser("migrate", help="bring the database up to date")
    )
    migrate.set_defaults(run=safely(_migrate))


def _migrate(arguments: argparse.Namespace) -> None:
    faults: list[Fault] = []
    database = open_database(settings_of(arguments), faults, migrate=True)
    newer = database is not None and not faults and is_newer(database, MIGRATIONS)
    if database is not None:
        database.close()
    if faults:
        raise ConfigurationError(faults)
    text = "The tables are of a newer release, and stay as they are."
    line = Line(text if newer else "The database is up to date.", {"newer": newer})
    say_line(line, as_json=arguments.json)
