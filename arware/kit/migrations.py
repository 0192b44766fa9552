"""Bringing tables up to date with Alembic, whoever else starts at the same time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from arware.kit.database import Database

#: The number under which PostgreSQL keeps two starting processes apart.
_LOCK = 0x61727761


def migrate(database: Database, folder: Path, revision: str = "head") -> None:
    """Bring the tables to *revision* by the migrations that stand in *folder*."""
    with database.beginning() as connection:
        if connection.dialect.name == "postgresql":
            lock = text("SELECT pg_advisory_xact_lock(:number)")
            connection.execute(lock, {"number": _LOCK})
        config = alembic_config(connection, folder)
        if revision == "base" or revision.startswith("-"):
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)


def alembic_config(connection: Connection, folder: Path) -> Config:
    """Return what Alembic needs to work on *connection*."""
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
