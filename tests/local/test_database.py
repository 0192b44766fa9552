"""The tables are what the migrations make, and a commit is there to stay."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, QueuePool, create_engine, func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from arware.kit.database import Database
from arware.kit.migrations import migrate
from arware.local import Realm
from arware.local.features.orgs.models import Membership
from arware.local.models import LoginSession, User
from arware.local.settings import RealmSettings
from arware.local.tables import MIGRATIONS, metadata
from tests.local.support import PASSWORD, Browser, claims_in, make_realm

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t79

#: Of the core and of all features.
TABLES = metadata()


@pytest.fixture
def database(database_url: str) -> Any:
    """Return an empty database of each kind."""
    database = Database(RealmSettings.read(database=database_url).database)
    yield database
    database.close()


def differences(database: Database) -> list[Any]:
    """Return what Alembic would change to reach the models."""

    def ours(_object: Any, name: str, kind: str, *_: Any) -> bool:
        return kind != "table" or name.startswith("ar_")

    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": "ar_alembic_version",
                "compare_type": True,
                "include_object": ours,
            },
        )
        return list(compare_metadata(context, TABLES))


def shape(connection: Connection) -> dict[str, Any]:
    """Return the tables with their columns, keys, indexes and checks."""
    inspector = inspect(connection)
    tables = [t for t in inspector.get_table_names() if t in TABLES.tables]
    return {
        table: (
            [
                (c["name"], str(c["type"]), c["nullable"], c["default"])
                for c in sorted(inspector.get_columns(table), key=itemgetter("name"))
            ],
            inspector.get_pk_constraint(table),
            sorted(map(str, inspector.get_foreign_keys(table))),
            sorted(map(str, inspector.get_unique_constraints(table))),
            sorted(map(str, inspector.get_indexes(table))),
            sorted(map(str, inspector.get_check_constraints(table))),
        )
        for table in tables
    }


def test_the_migrations_make_the_models_tables(database: Database) -> None:
    """Metadata and migrated schema are equal."""
    migrate(database, MIGRATIONS)

    assert differences(database) == []


def test_the_tables_are_the_same_down_to_their_names(
    database: Database, tmp_path: Path
) -> None:
    """Constraints, too, which the comparison of Alembic does not look at."""
    migrate(database, MIGRATIONS)
    with database.engine.connect() as connection:
        migrated = shape(connection)
    migrate(database, MIGRATIONS, "base")
    TABLES.create_all(database.engine)
    with database.engine.connect() as connection:
        made = shape(connection)

    assert set(migrated) == set(TABLES.tables)
    assert migrated == made


def test_each_migration_is_undone_by_itself(database: Database) -> None:
    """One at a time down to nothing, and up again: the tables are the same (AK-B18)."""
    migrate(database, MIGRATIONS)
    with database.engine.connect() as connection:
        whole = shape(connection)
    for revision in history():
        migrate(database, MIGRATIONS, "-1")
        assert current(database) == revision.down_revision
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["ar_alembic_version"]
    for revision in reversed(history()):
        migrate(database, MIGRATIONS, "+1")
        assert current(database) == revision.revision
    with database.engine.connect() as connection:
        assert shape(connection) == whole


def test_the_history_is_one_line_of_words() -> None:
    """One head, one base, and a name for each step that a person can say."""
    scripts = ScriptDirectory(str(MIGRATIONS))
    files = sorted(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))
    words = [revision.revision for revision in reversed(history())]

    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert files == [f"{number:02}_{word}" for number, word in enumerate(words, 1)]


def history() -> list[Script]:
    """Return all migrations, the newest first."""
    return list(ScriptDirectory(str(MIGRATIONS)).walk_revisions())


def current(database: Database) -> str | None:
    """Return the revision that the database is at."""
    with database.engine.connect() as connection:
        options = {"version_table": "ar_alembic_version"}
        return MigrationContext.configure(
            connection, opts=options
        ).get_current_revision()


def test_many_processes_start_at_once(database_url: str, tmp_path: Path) -> None:
    """Eight realms on one new database agree on its tables, id and secret."""
    realms: list[Realm] = []
    faults: list[BaseException] = []
    start = threading.Barrier(8)

    def run() -> None:
        start.wait()
        try:
            key_file = tmp_path / "realm-key.pem"
            realms.append(
                make_realm(
                    tmp_path,
                    database=database_url,
                    key=None,
                    secret=None,
                    key_file=key_file,
                )
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells
            faults.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for realm in realms:
        realm.close()

    assert faults == []
    assert len({realm.id for realm in realms}) == 1
    assert len({realm.secrets for realm in realms}) == 1
    assert len({realm.keys.signer.kid for realm in realms}) == 1


def test_the_whole_way_on_both_databases(
    make: Callable[..., Realm], database_url: str
) -> None:
    """Sign up, choose, change, log out: PostgreSQL behaves as SQLite does."""
    realm = make(database=database_url)
    browser = Browser(realm)
    first = claims_in(browser.sign_up(first_name="Zoë", org_name="Zoo").location)
    browser.get("/logout", 303, **{"Sec-Fetch-Site": "same-origin"})
    second = claims_in(browser.log_in("new@example.com").location)

    assert first["sub"] == second["sub"]
    assert first["orgs"] == second["orgs"]
    assert not realm.is_session_active(first["sid"])
    assert realm.is_session_active(second["sid"])
    assert browser.log_in(password="wrong", status=422)


def test_sqlite_keeps_what_was_answered(tmp_path: Path) -> None:
    """WAL, full synchronisation and foreign keys on every connection."""
    database = Database(make_url(f"sqlite:///{tmp_path}/x.sqlite"))
    with database.engine.connect() as one, database.engine.connect() as two:
        for connection in (one, two):
            values = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert values == ["wal", 2, 1]
    database.close()


def test_an_exception_leaves_nothing_behind(realm: Realm) -> None:
    """A transaction that does not end well has not been."""

    class Accident(Exception):
        pass

    def have_one() -> None:
        with realm.writing() as database:
            database.add(User(id="usr_x", email="x@example.com", created_at=1))
            database.flush()
            raise Accident

    with pytest.raises(Accident):
        have_one()

    assert len(realm.users()) == 2


def test_the_database_itself_refuses_doubles_and_orphans(
    make: Callable[..., Realm], database_url: str
) -> None:
    """Uniqueness and references do not depend on checks made before."""
    realm = make(database=database_url)
    user_id = realm.add_user("ada@example.com", PASSWORD, org="Acme")
    with realm.reading() as database:
        membership = database.scalars(select(Membership)).one()
    rows = [
        User(id="usr_2", email="ada@example.com", created_at=1),
        User(id=user_id, email="eve@example.com", created_at=1),
        User(id="usr_3", email="eve@example.com", created_at=1, state="odd"),
        Membership(
            id="mb_2",
            user_id=user_id,
            org_id=membership.org_id,
            permissions=[],
            created_at=1,
        ),
        Membership(
            id="mb_3", user_id="usr_9", org_id="org_9", permissions=[], created_at=1
        ),
        LoginSession(
            id="kss_2",
            digest="d",
            user_id="usr_9",
            created_at=1,
            seen_at=1,
            expires_at=1,
        ),
    ]
    for row in rows:
        with pytest.raises(IntegrityError), realm.writing() as database:
            database.add(row)


def test_a_crowd_of_writers_leaves_connections_to_readers(tmp_path: Path) -> None:
    """Each waits for its turn with empty hands: SQLite has one writer."""
    database = Database(make_url(f"sqlite:///{tmp_path}/crowd.sqlite"))
    crowd, done = 40, []

    def write() -> None:
        with database.writing() as db:
            done.append(db.scalar(select(1)))

    threads = [threading.Thread(target=write) for _ in range(crowd)]
    with database.writing() as ours:
        assert ours.scalar(select(1))
        for thread in threads:
            thread.start()
        with database.reading() as db:
            assert db.scalar(select(1))
        pool = database.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedout() == 1
    for thread in threads:
        thread.join()
    database.close()

    assert len(done) == crowd


def test_a_writer_does_not_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page says so then, as where SQLite itself is busy for too long."""
    monkeypatch.setattr("arware.kit.database.PATIENCE", 0.01)
    database = Database(make_url(f"sqlite:///{tmp_path}/crowd.sqlite"))
    found: list[BaseException] = []

    def write() -> None:
        with pytest.raises(PoolTimeout) as caught, database.writing():
            pass
        found.append(caught.value)

    with database.writing():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    database.close()

    assert found


def test_faults_of_the_database_do_not_show_what_was_written(realm: Realm) -> None:
    """An error's text goes to logs; digests and hashes do not belong there."""
    row = User(
        id="usr_2", email="ada@example.com", created_at=1, password_hash="the-hash"
    )
    with pytest.raises(IntegrityError) as caught, realm.writing() as database:
        database.add(row)

    assert "the-hash" not in str(caught.value)


def test_a_database_that_goes_away_is_a_clear_page(
    make: Callable[..., Realm], empty_postgres: str
) -> None:
    """503 and when to come again, and no 500; later it works again."""
    realm = make(database=empty_postgres)
    realm.add_user("ada@example.com", PASSWORD)
    browser = Browser(realm)
    browser.log_in()
    engine = create_engine(empty_postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE ar_sessions RENAME TO away")
        answer = browser.get("/login", 503)
        connection.exec_driver_sql("ALTER TABLE away RENAME TO ar_sessions")
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    engine.dispose()

    assert int(answer.headers["Retry-After"]) > 0
    assert browser.get("/login", 303)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_server_uses_no_connection_of_its_parent(database: Database) -> None:
    """Two workers on one PostgreSQL connection would get each other's people."""
    migrate(database, MIGRATIONS)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        held = database.engine.pool.checkedin()  # type: ignore[attr-defined]  # of a queue
        with database.reading() as session:
            users = session.scalar(select(func.count()).select_from(User))
        os.write(writer, f"{held} {users}".encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer, database.reading() as session:
        assert answer.read() == "0 0"
        assert session.scalar(select(func.count()).select_from(User)) == 0
