"""Open what a realm is made of: database, keys, secret. All faults are told at once."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from alembic.util import CommandError
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from arware.errors import ConfigurationError
from arware.kit import migrations
from arware.kit.breached_passwords import BreachedPasswords
from arware.kit.database import Database, make_file
from arware.kit.files import is_open_to_all, make_once
from arware.kit.keyring import KeyFault, KeyRing
from arware.kit.password_rules import PasswordRules, read_list
from arware.kit.secrets import new_id, new_secret
from arware.settings import SECRET_BYTES, Fault

from . import dropped, languages
from .models import RealmRow
from .naming import COMMAND
from .settings import RealmSettings
from .tables import MIGRATIONS, metadata

log = logging.getLogger("arware.local")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a realm is made of, as long as the process lives."""

    id: str
    secrets: tuple[str, ...] = field(repr=False)
    database: Database
    keys: KeyRing
    password_rules: PasswordRules
    locales: tuple[str, ...]


def open_parts(settings: RealmSettings, *, migrate: bool | None = None) -> Parts:
    """
    Open database and keys; what is missing is made.

    *migrate* is that of :func:`open_database`.

    Raises :class:`~arware.errors.ConfigurationError` with all that is wrong.
    """
    faults: list[Fault] = []
    secrets = settings.secret or _kept_secret(settings, faults)
    keys = _key_ring(settings, faults)
    rules = _password_rules(settings, faults)
    locales = languages.spoken(settings, faults)
    database = open_database(settings, faults, migrate=migrate)
    realm_id = ""
    if database is not None and not faults:
        realm_id = _realm_id(database, settings, faults)
        with database.reading() as db:
            faults.extend(dropped.faults(db, settings.dropped_features))
    if faults or keys is None or database is None:
        if database is not None:
            database.close()
        raise ConfigurationError(faults)
    # Who forks now leaves no connection open: SQLite's must not cross a fork.
    database.close()
    return Parts(realm_id, secrets, database, keys, rules, locales)


def _kept_secret(settings: RealmSettings, faults: list[Fault]) -> tuple[str, ...]:
    """Return the secret that is kept beside the key; make it at the first start."""
    path = settings.secret_path
    try:
        make_once(path, new_secret() + "\n")
        secrets = tuple(path.read_text(encoding="utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        faults.append(_file_fault("secret", path, error))
        return ()
    if is_open_to_all(path):
        fix = f"Run: chmod 600 {path}"
        faults.append(Fault("secret", None, f"others may read {path}", fix))
    if not secrets or any(len(secret) < SECRET_BYTES for secret in secrets):
        problem = f"{path} holds less than {SECRET_BYTES} bytes"
        faults.append(Fault("secret", None, problem, "Delete it to have one made"))
    return secrets


def _key_ring(settings: RealmSettings, faults: list[Fault]) -> KeyRing | None:
    name = "key_file" if settings.key is None else "key"
    source = settings.key if isinstance(settings.key, str) else settings.key_path
    try:
        return KeyRing(source, make=settings.key is None, clock=settings.clock)
    except OSError as error:
        faults.append(_file_fault(name, settings.key_path, error))
    except KeyFault as fault:
        fix = "Give an RSA private key of 2048 bits or more as PEM, mode 0600"
        faults.append(Fault(name, None, str(fault), fix))
    return None


def _password_rules(settings: RealmSettings, faults: list[Fault]) -> PasswordRules:
    refused, path = frozenset[bytes](), settings.refused_passwords
    if path is not None:
        try:
            refused = read_list(path)
        except OSError as error:
            faults.append(_file_fault("refused_passwords", path, error))
    url = settings.breached_passwords_url
    breached = None if url is None else BreachedPasswords(url)
    return PasswordRules(settings.password_minimum, refused, breached)


def _file_fault(setting: str, path: Path, error: Exception) -> Fault:
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Fault(
        setting,
        None,
        f"{path} cannot be used ({reason})",
        "Name a file that the realm may read, in a folder it may write to",
    )


def open_database(
    settings: RealmSettings, faults: list[Fault], *, migrate: bool | None = None
) -> Database | None:
    """
    Return the database, opened, with all tables and columns that are used.

    With *migrate* it is brought up to date first; ``None`` stands for: if it is an
    SQLite file and the realm is on loopback. Anywhere else that is a decision, since
    processes of an older release may be at work.
    """
    database = None
    place = settings.database.render_as_string(hide_password=True)
    is_own = settings.database.get_backend_name() == "sqlite"
    try:
        make_file(settings.database)
        _tell_of_readers(settings)
        database = Database(settings.database)
        if is_own and settings.url.is_loopback if migrate is None else migrate:
            migrations.migrate(database, MIGRATIONS)
        faults.extend(_lacking(database))
    except OSError as error:
        path = Path(str(settings.database.database))
        faults.append(_file_fault("database", path, error))
    except ImportError:
        fix = "Install it: pip install 'psycopg[binary]'"
        faults.append(Fault("database", None, "its driver is not installed", fix))
    except migrations.GivenUp:
        problem = f"{place} has tables of before the first release"
        fix = "Name a new database: those cannot be brought up to date"
        faults.append(Fault("database", None, problem, fix))
    except (SQLAlchemyError, CommandError) as error:
        log.debug("database not usable", exc_info=True)
        kind = type(getattr(error, "orig", None) or error).__name__
        reason = error if isinstance(error, CommandError) else kind
        problem = f"{place} cannot be opened or brought up to date ({reason})"
        fix = "Check the URL, that the server runs, and what its user may do"
        faults.append(Fault("database", None, problem, fix))
    return database


def _tell_of_readers(settings: RealmSettings) -> None:
    """Log that others may read the hashes in an SQLite file; it may be shared."""
    if settings.database.get_backend_name() == "sqlite":
        path = Path(str(settings.database.database))
        if is_open_to_all(path):
            log.warning("others may read the database; run: chmod 600 %s", path)


def _lacking(database: Database) -> Iterator[Fault]:
    """Yield the fault that tables or columns are not there."""
    tables, newer = metadata(), migrations.is_newer(database, MIGRATIONS)
    missing = migrations.lacking(database, tables)
    if not missing:
        return
    place = database.url.render_as_string(hide_password=True)
    some = ", ".join(missing[:3]) + (" and more" if missing[3:] else "")
    problem = f"{place} lacks {some}"
    fix = (
        f"Run `{COMMAND} migrate` (without a realm.ini: `--database URL`), or serve "
        f"with `{COMMAND} serve --migrate`"
    )
    if len(missing) == len(tables.tables):
        problem = f"{place} has no tables of a realm yet"
    elif newer:
        problem = f"{place} lacks {some}, which a newer release has taken away"
        fix = "Install that release"
    yield Fault("database", None, problem, fix)


def _realm_id(database: Database, settings: RealmSettings, faults: list[Fault]) -> str:
    """Return the id kept in the database; the first of all processes writes it."""
    row = {
        "number": 1,
        "id": settings.realm_id or new_id("rl"),
        "created_at": int(settings.clock()),
    }
    with database.reading() as session:
        found = session.scalar(select(RealmRow.id))
    if found is None:
        try:
            with database.writing() as session:
                session.execute(insert(RealmRow).values(row))
        except IntegrityError:
            log.debug("another process was first to name the realm")
        with database.reading() as session:
            found = str(session.scalar(select(RealmRow.id)))
    if settings.realm_id is not None and found != settings.realm_id:
        faults.append(
            Fault(
                "realm_id",
                None,
                f"the database belongs to {found}",
                "Leave it out, or use another database",
            )
        )
    return found
