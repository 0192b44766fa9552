"""
Bringing tables up to date with Alembic, whoever else starts at the same time.

A folder of migrations has an ``env.py`` that calls :func:`run`, so that the command
``alembic`` can be used by itself::

    alembic -x url=postgresql://app@db.example.com/app upgrade head

``-x url=`` names the database, else the ini file's ``sqlalchemy.url``; ``-x schema=``
names a schema of PostgreSQL's. With ``--sql`` the statements are written, not done.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command, context
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, func, inspect, select
from sqlalchemy.engine import URL

from arware.fork import PerProcess
from arware.kit.database import Database, migration_engine, read_database
from arware.settings.values import InvalidValue

log = logging.getLogger("arware.local")

#: The application that shares the database may have a history of its own.
VERSION_TABLE = "ar_alembic_version"

#: The number under which PostgreSQL keeps two starting processes apart.
_LOCK = 0x61727761

#: Alembic keeps what it works on in globals: two threads at once would each make
#: tables in the other's database.
_alone = PerProcess(threading.Lock)

#: Revisions of the time before the first release, whose tables none leads away from.
GIVEN_UP = frozenset((
    "0001", "0002", "core", "orgs", "api_tokens", "totp", "recovery_codes",
    "fresh_proof", "wanted_usernames", "remembered", "tracking", "operators", "terms",
    "api_token_permissions", "passkeys", "trusted_browsers", "suspensions", "closures",
    "impersonations", "invitations",
))  # fmt: skip


class GivenUp(CommandError):
    """The tables are of a time before the first release: no revision leads on."""


def migrate(
    database: Database, folder: Path, revision: str = "head", schema: str | None = None
) -> None:
    """
    Bring the tables to *revision* by the migrations that stand in *folder*.

    *revision* is as Alembic has it: ``head``, ``base``, ``-1``, ``+1``, or a name.
    Tables that a newer release has made stay as they are. All is done or nothing.
    Raises `GivenUp`, :class:`alembic.util.CommandError` and SQLAlchemy's errors.
    """
    with _alone.get(), migrating(database.url, schema) as connection:
        config = alembic_config(folder)
        config.attributes["connection"] = connection
        there, (known, heads) = _revisions(connection), _history(folder)
        newer = _newer(there, known)
        if newer and revision == "head":
            log.info("tables are newer than this release: %s", ", ".join(newer))
        elif revision == "head" and there == heads:
            log.debug("tables are up to date")
        elif revision == "base" or revision.startswith("-"):
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)


def is_newer(database: Database, folder: Path) -> bool:
    """
    Tell whether a release has made the tables that knows more than *folder*.

    Raises `GivenUp` if they are of a time before the first release.
    """
    with database.engine.connect() as connection:
        known, _ = _history(folder)
        return bool(_newer(_revisions(connection), known))


def lacking(database: Database, metadata: MetaData) -> list[str]:
    """
    Return the tables and columns of *metadata* that are not there.

    ``ar_users`` is a table, ``ar_users.email`` a column. What is there beside them does
    not matter: a newer release may have made it.
    """
    with database.engine.connect() as connection:
        found = inspect(connection).get_multi_columns(filter_names=[*metadata.tables])
    there = {
        table: {c["name"] for c in columns} for (_, table), columns in found.items()
    }
    missing: list[str] = []
    for table in metadata.sorted_tables:
        if table.name not in there:
            missing.append(table.name)
            continue
        columns = (c.name for c in table.columns if c.name not in there[table.name])
        missing.extend(f"{table.name}.{name}" for name in columns)
    return missing


def alembic_config(folder: Path) -> Config:
    """Return what Alembic needs to find the migrations in *folder*."""
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _history(folder: Path) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of all revisions in *folder*, and of those that are last."""
    files = sorted(path.name for path in (folder / "versions").glob("*.py"))
    return _read_history(folder, tuple(files))


@cache
def _read_history(
    folder: Path, _files: tuple[str, ...]
) -> tuple[frozenset[str], frozenset[str]]:
    # Alembic runs each file to know it: most of what opening a realm would cost.
    scripts = ScriptDirectory.from_config(alembic_config(folder))
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return known, frozenset(scripts.get_heads())


def _revisions(connection: Connection) -> set[str]:
    options = {"version_table": VERSION_TABLE}
    found = MigrationContext.configure(connection, opts=options).get_current_heads()
    return set(found)


def _newer(there: set[str], known: frozenset[str]) -> set[str]:
    """Return those of the revisions that are *there* which a newer release has made."""
    unknown = there - known
    if unknown & GIVEN_UP:
        raise GivenUp("its tables are of a time before the first release")
    return unknown


@contextmanager
def migrating(url: URL, schema: str | None = None) -> Iterator[Connection]:
    """
    Open a connection on which tables may be changed, in one transaction.

    On PostgreSQL another one that does so waits, and *schema* is the only one that it
    sees. On SQLite foreign keys are off: with them on, a table that is made anew would
    take the rows along that refer to it. They are checked at the end.
    """
    engine = migration_engine(url)
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                _lock(connection, schema)
            elif schema:
                raise CommandError("only PostgreSQL has schemas; leave schema out")
            yield connection
            if connection.dialect.name == "sqlite":
                _check_references(connection)
    finally:
        engine.dispose()


def _lock(connection: Connection, schema: str | None) -> None:
    if schema:
        if not inspect(connection).has_schema(schema):
            raise CommandError(f"there is no schema {schema}; make it first")
        path = connection.dialect.identifier_preparer.quote_identifier(schema)
        connection.execute(select(func.set_config("search_path", path, True)))
    place = func.hashtext(func.current_schema())
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK, place)))


def _check_references(connection: Connection) -> None:
    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if orphans:
        tables = ", ".join(sorted({f"{row[0]} (to {row[2]})" for row in orphans}))
        raise CommandError(f"rows would refer to rows that are not there: {tables}")


# --- What env.py calls -------------------------------------------------------------


def run(metadata: MetaData) -> None:
    """Run the migrations as Alembic asks for them; *metadata* has all their tables."""
    given = context.config.attributes.get("connection")
    if given is not None:
        _run(metadata, connection=given)
        return
    arguments = context.get_x_argument(as_dictionary=True)
    url, schema = _url(arguments.get("url")), arguments.get("schema")
    if context.is_offline_mode():
        _run(metadata, schema, url=url, literal_binds=True)
        return
    with migrating(url, schema) as connection:
        _run(metadata, connection=connection)


def _url(given: str | None) -> URL:
    text = given or context.config.get_main_option("sqlalchemy.url")
    try:
        return read_database(text)
    except InvalidValue as invalid:
        raise CommandError(
            f"the database's URL: {invalid.problem}. {invalid.fix}, "
            "as in: alembic -x url=sqlite:///realm.sqlite upgrade head"
        ) from None


def _run(metadata: MetaData, schema: str | None = None, **place: Any) -> None:
    def is_ours(_: Any, name: str | None, kind: str, reflected: bool, _as: Any) -> bool:
        return kind != "table" or not reflected or name in metadata.tables

    context.configure(
        target_metadata=metadata,
        version_table=VERSION_TABLE,
        # Tables of an application that shares the database are none of our business.
        include_object=is_ours,
        compare_type=True,
        render_as_batch=True,
        transactional_ddl=True,
        **place,
    )
    with context.begin_transaction():
        if schema:
            quoted = schema.replace('"', '""')
            context.execute(f'SET LOCAL search_path TO "{quoted}"')
        context.run_migrations()
