"""
The database: how it is opened, read and written.

A transaction that writes may not be opened inside another one of the same thread: what
the inner one wrote would stay when the outer one is rolled back, and SQLite, which has
one writer, would wait for itself.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    NullPool,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    IntegrityError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from arware.fork import PerProcess
from arware.kit.files import make_private
from arware.settings.values import InvalidValue, read_needed

log = logging.getLogger("arware.local")

#: For how many seconds a writer waits for others to be done with SQLite's file.
PATIENCE = 10

#: The type of a primary key that the database counts up. SQLite does so only where it
#: is exactly an ``INTEGER``.
COUNTED = BigInteger().with_variant(Integer, "sqlite")

_LATER = "arware.after_commit"


class _Connections:
    """The engine of one process, and what makes its transactions."""

    def __init__(self, url: URL) -> None:
        self.engine = _engine(url)
        self.readers = sessionmaker(self.engine, expire_on_commit=False)
        writing = self.engine.execution_options(arware_writes=True)
        self.writers = sessionmaker(writing, expire_on_commit=False)
        self.turn = _turn(url)


class Database:
    """
    An engine and its two kinds of transaction.

    A *writing* transaction takes SQLite's write lock at its start, so that it never
    has to be given up half way because another one wrote in between. Each process has
    connections of its own, whoever forked it.
    """

    def __init__(self, url: URL) -> None:
        self.url = url
        self._connections = PerProcess(lambda: _Connections(url))
        self._connections.get()  # imports the driver, which may be missing
        self._here = threading.local()

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        return self._connections.get().engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session whose transaction is rolled back at the end."""
        with self._connections.get().readers() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """
        Open a session that commits at the end, or rolls back at an exception.

        Raises :class:`RuntimeError` if this thread writes already.
        """
        if getattr(self._here, "writes", False):
            raise RuntimeError("this thread has a writing transaction open")
        self._here.writes = True
        try:
            connections = self._connections.get()
            with connections.turn(), connections.writers.begin() as session:
                yield session
        finally:
            self._here.writes = False
        _call_later_ones(session)

    def close(self) -> None:
        """Close this process's connections; they are made again when need be."""
        self.engine.dispose()


def after_commit(session: Session, function: Callable[[], object]) -> None:
    """
    Call *function* once the transaction of *session* is committed, and only then.

    It is called in the thread that committed, outside of any transaction. What it
    raises is logged: what was done is done, and the others are called, too. (The event
    of that name of SQLAlchemy's runs inside the session, where no SQL may be sent.)
    """
    session.info.setdefault(_LATER, []).append(function)


def _call_later_ones(session: Session) -> None:
    for function in session.info.pop(_LATER, ()):
        try:
            function()
        except Exception:
            log.exception("what was to follow a transaction failed")


def failure_of(error: SQLAlchemyError) -> str:
    """
    Return a sentence for the person at a terminal on what went wrong.

    It has neither the statement nor a value: those are quoted where rows are at fault,
    so of such faults it tells the kind alone.
    """
    told = f"the database failed: {type(error).__name__}"
    if not isinstance(error, OperationalError):
        return told
    return f"{told}, {str(error.orig).partition(chr(10))[0]}"


def violated(error: IntegrityError) -> str:
    """
    Return what names the constraint that a statement violated, and none of its values.

    PostgreSQL's message quotes the values, which may read like a name; SQLite's has
    the table and the columns only.
    """
    told = getattr(error.orig, "diag", None)
    return str(error.orig if told is None else told.constraint_name)


def read_database(value: Any) -> URL:
    """Return the URL of an SQLite file or a PostgreSQL database."""
    try:
        url = make_url(read_needed(value))
        backend = url.get_backend_name()
    except ArgumentError:
        raise InvalidValue(
            "it is not a database URL",
            "Give it like sqlite:///realm.sqlite or postgresql://user@host/name",
        ) from None
    if backend == "sqlite":
        if url.database in (None, "", ":memory:") or "memory" in url.query.values():
            raise InvalidValue(
                "a database in memory is another one in each thread",
                "Name a file, in a temporary folder if it need not last",
            )
        return url.set(drivername="sqlite+pysqlite")
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    raise InvalidValue(
        f"{backend} is not supported", "Use SQLite (sqlite:///...) or PostgreSQL"
    )


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url, pool_timeout=5)
    return _server_engine(url, pool_pre_ping=True, pool_size=10, pool_timeout=5)


def _turn(url: URL) -> Callable[[], AbstractContextManager[None]]:
    """
    Return what each writer of this process waits in for its turn.

    SQLite has one writer. Whoever waits for it there asks again and again, with a
    connection in hand: of a crowd some would get none, and readers neither. So here
    they wait, with empty hands, and as long as they would there.
    """
    if url.get_backend_name() != "sqlite":
        return nullcontext
    lock = threading.Lock()

    @contextmanager
    def turn() -> Iterator[None]:
        if not lock.acquire(timeout=PATIENCE):
            raise PoolTimeout("others have been writing for too long")
        try:
            yield
        finally:
            lock.release()

    return turn


def migration_engine(url: URL) -> Engine:
    """
    Return an engine for changes of tables: its transactions write.

    Its connections are not kept, since what is set on them must not be met by others;
    on SQLite foreign keys are off.
    """
    if url.get_backend_name() != "sqlite":
        return _server_engine(url, poolclass=NullPool)
    engine = _sqlite_engine(url, poolclass=NullPool)
    event.listen(engine, "connect", _ignore_references)
    return engine.execution_options(arware_writes=True)


# Errors go to the log, and the parameters of a statement hold hashes and digests: so
# they are hidden.


def _server_engine(url: URL, **options: Any) -> Engine:
    patience = {} if "connect_timeout" in url.query else {"connect_timeout": 5}
    return create_engine(url, hide_parameters=True, connect_args=patience, **options)


def _sqlite_engine(url: URL, **options: Any) -> Engine:
    waiting = {"timeout": PATIENCE}
    engine = create_engine(url, hide_parameters=True, connect_args=waiting, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_file(url: URL) -> None:
    """Make SQLite's file, so that none but its owner may read the hashes in it."""
    if url.get_backend_name() == "sqlite" and url.database:
        make_private(Path(url.database))


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own idea of when a transaction begins leaves reads outside of it.
    connection.isolation_level = None
    cursor = connection.cursor()
    _write_ahead(cursor)
    # NORMAL may lose the last commits at a power cut; FULL keeps what was answered.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _write_ahead(cursor: Any) -> None:
    """Turn write-ahead logging on; SQLite itself does not wait where others read."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _ignore_references(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys=OFF")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("arware_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
