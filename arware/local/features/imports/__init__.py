"""
Import users from a file, or from a table that the application has.

``arware realm import`` and ``arware realm user import``. An application that has taken
its people over needs this no more: :mod:`...existing` is part of the core.
"""

from __future__ import annotations

from arware.kit.web import Config

from .commands import import_file
from .table_command import import_table


def includeme(config: Config) -> None:
    """Add the commands."""
    config.add_operator_command("import", import_file)
    config.add_operator_command("user import", import_table)
