"""Tables change without losing a row, whoever shares the database and the process."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy
from alembic.util import CommandError
from sqlalchemy import func, inspect, select

from arware.errors import ConfigurationError
from arware.kit.database import Database, read_database
from arware.kit.migrations import is_newer, lacking, migrate, migrating
from arware.local import Realm
from arware.local.models import LoginSession
from arware.local.tables import MIGRATIONS, metadata
from tests.local.support import PASSWORD, Browser, make_realm

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t79

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an empty database of each kind."""
    database = Database(read_database(database_url))
    yield database
    database.close()


@pytest.fixture
def later(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of a folder of migrations with one more, which is given."""

    def make(upgrade: str, downgrade: str = "pass") -> Path:
        folder = tmp_path / "later"
        shutil.copytree(MIGRATIONS, folder)
        (folder / "versions" / "99_later.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            f"revision, down_revision = 'later', {head()!r}\n"
            f"def upgrade():\n    {upgrade}\n"
            f"def downgrade():\n    {downgrade}\n"
        )
        return folder

    return make


def head() -> str:
    """Return the newest revision."""
    (path,) = [p for p in (MIGRATIONS / "versions").glob("*.py") if p.stem == newest()]
    return path.stem.partition("_")[2]


def newest() -> str:
    """Return the name of the newest file of the history."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("*.py"))


def sessions_in(realm: Realm) -> int:
    """Return how many logins there are."""
    with realm.reading() as db:
        return db.scalar(select(func.count()).select_from(LoginSession)) or 0


def test_a_parent_made_anew_keeps_its_children(
    make: Callable[..., Realm], database_url: str, later: Callable[..., Path]
) -> None:
    """SQLite's batch mode drops a table; what refers to it must not go with it."""
    realm = make(database=database_url)
    realm.add_user("ada@example.com", PASSWORD)
    Browser(realm).log_in()
    folder = later(
        "with op.batch_alter_table('ar_users', recreate='auto') as users: "
        "users.alter_column('first_name', type_=sa.String(120))"
    )

    migrate(realm.database, folder)

    assert sessions_in(realm) == 1


def test_references_that_break_undo_the_migration(
    tmp_path: Path, later: Callable[..., Path]
) -> None:
    """Where foreign keys are off meanwhile, they are looked at before the end."""
    folder = later("op.execute('DELETE FROM ar_users')")
    with make_realm(tmp_path) as realm:
        realm.add_user("ada@example.com", PASSWORD)
        Browser(realm).log_in()

        with pytest.raises(CommandError, match=r"ar_sessions \(to ar_users\)"):
            migrate(realm.database, folder)

        assert len(realm.users()) == 1
        assert not is_newer(realm.database, MIGRATIONS)


def test_foreign_keys_hold_again_afterwards(tmp_path: Path) -> None:
    """What a migration sets on its connection no request meets."""
    with make_realm(tmp_path) as realm:
        migrate(realm.database, MIGRATIONS)
        with realm.reading() as db:
            assert db.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_threads_that_open_different_databases(tmp_path: Path) -> None:
    """Each ends with all of its own tables: Alembic itself is for one at a time."""
    start, faults = threading.Barrier(8), list[BaseException]()
    databases = [
        Database(read_database(f"sqlite:///{tmp_path}/{n}.sqlite")) for n in range(8)
    ]

    def run(database: Database) -> None:
        start.wait()
        try:
            migrate(database, MIGRATIONS)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test tells
            faults.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []
    for database in databases:
        assert lacking(database, metadata()) == []
        database.close()


def test_sqlite_waits_where_another_process_holds_the_file(tmp_path: Path) -> None:
    """``PRAGMA journal_mode=WAL`` by itself fails at once."""
    path = tmp_path / "realm.sqlite"
    holder = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    holder.execute("CREATE TABLE theirs (id INTEGER)")
    holder.execute("BEGIN IMMEDIATE")
    database = Database(read_database(f"sqlite:///{path}"))
    opened = threading.Event()

    def open_it() -> None:
        with database.reading() as db:
            db.connection()
        opened.set()

    thread = threading.Thread(target=open_it)
    thread.start()
    assert not opened.wait(0.2)
    holder.execute("COMMIT")
    thread.join()
    holder.close()
    database.close()

    assert opened.is_set()


def test_processes_that_start_at_once(database_url: str, tmp_path: Path) -> None:
    """One makes the tables, and the others find them."""
    words = ["-m", "arware", "realm", "migrate", "--database", database_url]
    processes = [
        subprocess.Popen(
            [sys.executable, *words], cwd=tmp_path, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    said = {process.communicate()[0] for process in processes}

    assert said == {"The database is up to date.\n"}


# --- The check at the start --------------------------------------------------------


def test_an_old_release_starts_beside_a_newer_one(
    make: Callable[..., Realm], database_url: str, later: Callable[..., Path]
) -> None:
    """What there is besides does not matter, and is left as it is."""
    realm = make(database=database_url)
    folder = later("op.add_column('ar_users', sa.Column('shoe_size', sa.Integer()))")
    migrate(realm.database, folder)

    again = make(database=database_url)
    again.add_user("ada@example.com", PASSWORD)

    assert Browser(again).log_in()
    assert is_newer(again.database, MIGRATIONS)


def test_what_a_newer_release_has_taken_away_is_told(
    tmp_path: Path, later: Callable[..., Path]
) -> None:
    """A column that is used is gone, so this release cannot go on."""
    folder = later("op.drop_column('ar_users', 'reference')")
    with make_realm(tmp_path) as realm:
        migrate(realm.database, folder)

    with pytest.raises(ConfigurationError, match=r"lacks ar_users\.reference") as error:
        make_realm(tmp_path)
    assert "newer release" in str(error.value)


def test_a_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With what to run."""
    with make_realm(tmp_path) as realm, migrating(realm.database.url) as connection:
        connection.exec_driver_sql("ALTER TABLE ar_users DROP COLUMN reference")
        connection.exec_driver_sql("DROP TABLE ar_throttles")

    with pytest.raises(ConfigurationError) as caught:
        make_realm(tmp_path)
    (fault,) = caught.value.faults
    assert "ar_throttles" in fault.problem
    assert "ar_users.reference" in fault.problem
    assert "arware realm migrate" in fault.fix


def test_the_tables_of_before_the_first_release_are_told(
    database_url: str, database: Database, tmp_path: Path
) -> None:
    """There is no way from them to today's."""
    with migrating(database.url) as connection:
        connection.exec_driver_sql(
            "CREATE TABLE ar_alembic_version (version_num VARCHAR(32) NOT NULL)"
        )
        connection.exec_driver_sql("INSERT INTO ar_alembic_version VALUES ('0002')")

    with pytest.raises(ConfigurationError, match="before the first release"):
        make_realm(tmp_path, database=database_url)


@pytest.mark.parametrize(
    ("url", "given", "is_made"),
    [
        ("http://127.0.0.1:8001", None, True),
        ("http://localhost:8001/auth", None, True),
        ("http://127.0.0.1:8001", False, False),
        ("https://login.example.com", None, False),
        ("https://login.example.com", True, True),
    ],
)
def test_who_brings_an_sqlite_file_up_to_date(
    tmp_path: Path, url: str, given: bool | None, is_made: bool
) -> None:
    """A realm on loopback does it by itself, any other only if it is told to."""

    def start() -> None:
        place = {"database": f"sqlite:///{tmp_path}/new.sqlite", "url": url}
        make_realm(tmp_path, **place, migrate=given, cheap_hashing=False).close()

    if is_made:
        start()
        return
    with pytest.raises(ConfigurationError, match="no tables of a realm yet"):
        start()


def test_a_server_of_databases_is_brought_up_to_date_by_hand(
    empty_postgres: str, tmp_path: Path
) -> None:
    """Processes of an older release may be at work on it."""
    with pytest.raises(ConfigurationError, match="arware realm migrate"):
        make_realm(tmp_path, database=empty_postgres, migrate=None)
    command = ("realm", "migrate", "--database", empty_postgres)
    done = run("arware", *command, folder=tmp_path)

    assert done == "The database is up to date.\n"
    assert [path.name for path in tmp_path.iterdir()] == []
    make_realm(tmp_path, database=empty_postgres, migrate=None).close()


# --- Alembic by itself -------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with Alembic's own configuration."""
    (tmp_path / "alembic.ini").write_text(
        "[alembic]\nscript_location = arware.local:migrations\npath_separator = os\n"
    )
    return tmp_path


def run(module: str, *arguments: str, folder: Path, fails: bool = False) -> str:
    """Return what a command says; its log goes to the other stream."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert bool(done.returncode) is fails, done.stderr
    return done.stderr + done.stdout if fails else done.stdout


def test_alembic_by_itself(folder: Path, database_url: str, database: Database) -> None:
    """Up, what is there, whether that is all, and down; a stranger's table stays."""
    with migrating(database.url) as connection:
        connection.exec_driver_sql("CREATE TABLE books (id INTEGER)")

    def alembic(*arguments: str) -> str:
        return run("alembic", "-x", f"url={database_url}", *arguments, folder=folder)

    alembic("upgrade", "head")
    assert lacking(database, metadata()) == []
    assert head() in alembic("current")
    assert "No new upgrade operations detected" in alembic("check")
    alembic("downgrade", "base")
    with database.engine.connect() as connection:
        left = set(inspect(connection).get_table_names())
    assert left == {"books", "ar_alembic_version"}


def test_alembic_works_in_a_schema(
    folder: Path, empty_postgres: str, database: Database
) -> None:
    """The tables land there, with their history, and nowhere else."""
    engine = sqlalchemy.create_engine(database.url)
    if engine.dialect.name != "postgresql":
        given = ("-x", f"url={database.url}", "-x", "schema=x", "upgrade", "head")
        assert "schemas" in run("alembic", *given, folder=folder, fails=True)
        return
    with engine.begin() as connection:
        connection.exec_driver_sql('DROP SCHEMA IF EXISTS "rl_A b" CASCADE')
        connection.exec_driver_sql('CREATE SCHEMA "rl_A b"')
    given = ("-x", f"url={empty_postgres}", "-x", "schema=rl_A b")
    run("alembic", *given, "upgrade", "head", folder=folder)

    assert "No new upgrade" in run("alembic", *given, "check", folder=folder)
    with engine.connect() as connection:
        found = inspect(connection)
        there = set(found.get_table_names(schema="rl_A b"))
        assert there == {*metadata().tables, "ar_alembic_version"}
        assert found.get_table_names(schema="public") == []
    with engine.begin() as connection:
        connection.exec_driver_sql('DROP SCHEMA "rl_A b" CASCADE')
    engine.dispose()


def test_a_schema_that_is_not_there(folder: Path, empty_postgres: str) -> None:
    """It is not made: its name may be mistyped."""
    given = ("-x", f"url={empty_postgres}", "-x", "schema=nowhere")

    said = run("alembic", *given, "upgrade", "head", folder=folder, fails=True)
    assert "there is no schema nowhere" in said


def test_alembic_is_told_no_database(folder: Path) -> None:
    """The fault says how to name one."""
    said = run("alembic", "upgrade", "head", folder=folder, fails=True)

    assert "-x url=sqlite:///realm.sqlite" in said


def test_alembic_writes_the_statements(folder: Path, database: Database) -> None:
    """With ``--sql`` nothing is done; the script makes the same tables."""
    url = database.url.render_as_string(hide_password=False)
    script = run(
        "alembic", "-x", f"url={url}", "upgrade", "head", "--sql", folder=folder
    )
    assert lacking(database, metadata())
    with migrating(database.url) as connection:
        for statement in script.replace("BEGIN;", "").replace("COMMIT;", "").split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)

    assert lacking(database, metadata()) == []
    assert not is_newer(database, MIGRATIONS)
