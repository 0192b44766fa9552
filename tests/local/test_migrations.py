"""Tables change without losing a row, whoever shares the database and the process."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
import sqlalchemy
from alembic.config import CommandLine, Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import func, inspect, select

from arware.errors import ConfigurationError
from arware.kit.database import Database, read_database
from arware.kit.migrations import GIVEN_UP, is_newer, lacking, migrate, migrating
from arware.local import Realm
from arware.local.models import LoginSession
from arware.local.tables import MIGRATIONS, metadata
from tests.local.support import PASSWORD, Browser, make_realm

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t79

#: The newest revision.
HEAD = ScriptDirectory(str(MIGRATIONS)).get_current_head()

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Return an empty database of each kind."""
    database = Database(read_database(database_url))
    yield database
    database.close()


@pytest.fixture
def later(tmp_path: Path) -> Callable[..., Path]:
    """Return a maker of a later release's migrations: ours, and what is given."""

    def make(upgrade: str) -> Path:
        folder = tmp_path / "later"
        shutil.copytree(MIGRATIONS, folder)
        (folder / "versions" / "99_later.py").write_text(
            "import os\nimport sqlalchemy as sa\nfrom alembic import op\n"
            f"revision, down_revision = 'later', {HEAD!r}\n"
            f"def upgrade():\n    {upgrade}\n"
        )
        return folder

    return make


def sessions_in(realm: Realm) -> int:
    """Return how many logins there are."""
    with realm.reading() as db:
        return db.scalar(select(func.count()).select_from(LoginSession)) or 0


def stamp(database: Database, revision: str) -> None:
    """Let the tables be of another *revision*."""
    with migrating(database.url) as connection:
        connection.exec_driver_sql(
            f"UPDATE ar_alembic_version SET version_num = '{revision}'"
        )


def start(work: Callable[[], None]) -> int:
    """Return the number of a process that does *work*, and then ends with 0."""
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            work()
            os._exit(0)
        os._exit(1)
    return child


def ended(child: int) -> int:
    """Return how that process has ended: its exit code, or less than 0 if killed."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_a_database_of_an_older_release(
    make: Callable[..., Realm], database_url: str, later: Callable[..., Path]
) -> None:
    """It gets what is new; who was there stays, and stays logged in."""
    realm = make(database=database_url)
    realm.add_user("ada@example.com", PASSWORD)
    browser = Browser(realm)
    browser.log_in()
    folder = later(
        "op.create_table('ar_shoes', sa.Column('user_id', sa.String(26))); "
        "op.add_column('ar_users', sa.Column('shoe_size', sa.Integer()))"
    )

    migrate(realm.database, folder)

    with realm.database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT * FROM ar_shoes").all() == []
    assert "ada@example.com" in browser.get("/profile")


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
    barrier, faults = threading.Barrier(8), list[BaseException]()
    databases = [
        Database(read_database(f"sqlite:///{tmp_path}/{n}.sqlite")) for n in range(8)
    ]

    def run(database: Database) -> None:
        barrier.wait()
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


@forks
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_processes_that_start_at_once(database: Database) -> None:
    """One makes the tables, and the others wait and find them."""
    children = [start(lambda: migrate(database, MIGRATIONS)) for _ in range(4)]

    assert [ended(child) for child in children] == [0, 0, 0, 0]
    assert lacking(database, metadata()) == []


@forks
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_process_that_is_killed_midway(
    database: Database, later: Callable[..., Path]
) -> None:
    """Nothing of the migration is there, and the next process does all of it."""
    migrate(database, MIGRATIONS)
    folder = later(
        "op.add_column('ar_users', sa.Column('shoe_size', sa.Integer())); "
        f"os.getpid() == {os.getpid()} or os.kill(os.getpid(), {signal.SIGKILL}); "
        "op.add_column('ar_users', sa.Column('hat_size', sa.Integer()))"
    )
    assert ended(start(lambda: migrate(database, folder))) == -signal.SIGKILL

    assert not is_newer(database, MIGRATIONS)
    migrate(database, folder)
    with database.engine.connect() as connection:
        columns = {c["name"] for c in inspect(connection).get_columns("ar_users")}
    assert {"shoe_size", "hat_size"} <= columns


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


@pytest.mark.parametrize("is_to_migrate", [True, False])
def test_the_tables_of_before_the_first_release_are_told(
    database_url: str, database: Database, tmp_path: Path, is_to_migrate: bool
) -> None:
    """There is no way from them to today's, even where they lack nothing."""
    migrate(database, MIGRATIONS)
    stamp(database, "invitations")

    with pytest.raises(ConfigurationError, match="before the first release") as error:
        make_realm(tmp_path, database=database_url, migrate=is_to_migrate)
    assert "Name a new database" in str(error.value)


def test_no_revision_has_a_name_from_before_the_first_release() -> None:
    """Else a release that does not know it yet would take it for that old one."""
    history = ScriptDirectory(str(MIGRATIONS)).walk_revisions()

    assert not GIVEN_UP & {script.revision for script in history}


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

    def open_it() -> None:
        place = {"database": f"sqlite:///{tmp_path}/new.sqlite", "url": url}
        make_realm(tmp_path, **place, migrate=given, cheap_hashing=False).close()

    if is_made:
        open_it()
        return
    with pytest.raises(ConfigurationError, match="no tables of a realm yet"):
        open_it()


def test_a_server_of_databases_is_brought_up_to_date_by_hand(
    empty_postgres: str, tmp_path: Path
) -> None:
    """Processes of an older release may be at work on it."""
    with pytest.raises(ConfigurationError, match="arware realm migrate"):
        make_realm(tmp_path, database=empty_postgres, migrate=None)
    command = ("arware", "realm", "migrate", "--database", empty_postgres)
    done = run(*command, folder=tmp_path)

    assert (done.returncode, done.stdout) == (0, "The database is up to date.\n")
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


def run(module: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody does in a terminal."""
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )


@pytest.fixture
def alembic(folder: Path) -> Callable[..., str]:
    """Return what runs that command in this process, and returns what it says."""
    ini, line = folder / "alembic.ini", CommandLine()

    def run_it(*words: str) -> str:
        options = line.parser.parse_args(["--raiseerr", *words])
        said = StringIO()
        config = Config(ini, cmd_opts=options, stdout=said, output_buffer=said)
        line.run_cmd(config, options)
        return said.getvalue()

    return run_it


def test_alembic_by_itself(
    alembic: Callable[..., str], database_url: str, database: Database
) -> None:
    """Up, what is there, whether that is all, and down; a stranger's table stays."""
    with migrating(database.url) as connection:
        connection.exec_driver_sql("CREATE TABLE books (id INTEGER)")
    place = ("-x", f"url={database_url}")
    alembic(*place, "upgrade", "head")
    assert lacking(database, metadata()) == []
    assert f"{HEAD} (head)" in alembic(*place, "current")
    assert "No new upgrade operations detected" in alembic(*place, "check")
    alembic(*place, "downgrade", "base")
    with database.engine.connect() as connection:
        left = set(inspect(connection).get_table_names())
    assert left == {"books", "ar_alembic_version"}


def test_alembic_works_in_a_schema(
    alembic: Callable[..., str], empty_postgres: str
) -> None:
    """The tables land there, with their history, and nowhere else."""
    engine = sqlalchemy.create_engine(empty_postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql('DROP SCHEMA IF EXISTS "rl_A b" CASCADE')
        connection.exec_driver_sql('CREATE SCHEMA "rl_A b"')
    place = ("-x", f"url={empty_postgres}", "-x", "schema=rl_A b")
    alembic(*place, "upgrade", "head")

    assert "No new upgrade" in alembic(*place, "check")
    with engine.connect() as connection:
        found = inspect(connection)
        there = set(found.get_table_names(schema="rl_A b"))
        assert there == {*metadata().tables, "ar_alembic_version"}
        assert found.get_table_names(schema="public") == []
    with engine.begin() as connection:
        connection.exec_driver_sql('DROP SCHEMA "rl_A b" CASCADE')
    engine.dispose()


def test_a_schema_that_cannot_be(
    alembic: Callable[..., str], empty_postgres: str, tmp_path: Path
) -> None:
    """None is made, since its name may be mistyped; and SQLite has none."""
    for url, fault in (
        (empty_postgres, "there is no schema nowhere"),
        (f"sqlite:///{tmp_path}/realm.sqlite", "only PostgreSQL has schemas"),
    ):
        with pytest.raises(CommandError, match=fault):
            alembic("-x", f"url={url}", "-x", "schema=nowhere", "upgrade", "head")


def test_alembic_is_told_no_database(folder: Path) -> None:
    """The fault says how to name one."""
    done = run("alembic", "upgrade", "head", folder=folder)

    assert done.returncode != 0
    assert "-x url=sqlite:///realm.sqlite" in done.stderr + done.stdout


def test_alembic_writes_the_statements(
    alembic: Callable[..., str], database: Database
) -> None:
    """With ``--sql`` nothing is done; the script makes the same tables."""
    url = database.url.render_as_string(hide_password=False)
    script = alembic("-x", f"url={url}", "upgrade", "head", "--sql")
    assert lacking(database, metadata())
    with migrating(database.url) as connection:
        for statement in script.replace("BEGIN;", "").replace("COMMIT;", "").split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)

    assert lacking(database, metadata()) == []
    assert not is_newer(database, MIGRATIONS)
