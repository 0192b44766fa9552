"""Tables of an application that has no realm, for the mechanisms that need some."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase

from arware.kit.database import Database
from arware.kit.one_time import OneTimeTokenColumns
from arware.kit.recovery_codes import RecoveryCodeColumns
from arware.kit.secrets import keyed_digest
from arware.kit.throttle import ThrottleColumns
from arware.kit.totp import TotpColumns

NOW = 1_800_000_000
OLD, NEW = "an-older-secret-that-is-long-enough", "a-newer-secret-that-is-long-enough"


class Base(DeclarativeBase):
    """The application's own base."""


class Token(OneTimeTokenColumns, Base):
    __tablename__ = "tokens"


class Code(RecoveryCodeColumns, Base):
    __tablename__ = "codes"


class Totp(TotpColumns, Base):
    __tablename__ = "totp"


def digests_under(*secrets: str) -> Callable[[str], Iterator[str]]:
    """Return what digests a text under each of *secrets*, the newest first."""

    def digests(text: str) -> Iterator[str]:
        return (keyed_digest(secret, "tests", text) for secret in secrets)

    return digests


def open_database(url: str) -> Database:
    """Return a database that has the tables."""
    database = Database(make_url(url))
    with database.engine.execution_options(arware_writes=True).begin() as connection:
        Base.metadata.create_all(connection)
    return database


class Tries(ThrottleColumns, Base):
    """Counters of tries."""

    __tablename__ = "tries"
