"""A realm for each test, on SQLite, or on both databases."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy

from ..models import User
from ..people import by_login_name
from ..realm import Realm
from .support import ADA, PASSWORD, Browser, Clock, settings, sqlite_url

Make = Callable[..., Realm]


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test sets."""
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Make]:
    """Return a maker of realms; all are closed at the end."""
    made: list[Realm] = []

    def maker(database: str | None = None, **overrides: Any) -> Realm:
        url = database or sqlite_url(tmp_path)
        realm = Realm(settings(url, **({"clock": clock} | overrides)), migrate=True)
        made.append(realm)
        return realm

    yield maker
    for realm in made:
        realm.close()


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm on SQLite in which Ada lives."""
    return with_ada(make())


@pytest.fixture
def browser(realm: Realm) -> Browser:
    """Return a browser in front of the realm."""
    return Browser(realm)


@pytest.fixture
def ada(realm: Realm) -> User:
    """Return Ada, as she is at the beginning."""
    return find(realm, ADA)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url = os.environ.get("REALM_TEST_POSTGRESQL")
    if not url:
        pytest.skip("REALM_TEST_POSTGRESQL is not set")
    pytest.importorskip("psycopg")
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    engine.dispose()
    return url


@pytest.fixture
def any_realm(make: Make, database_url: str) -> Realm:
    """Return a realm in which Ada lives, on each kind of database in turn."""
    return with_ada(make(database_url))


def with_ada(realm: Realm) -> Realm:
    """Let Ada move in."""
    realm.add_user(ADA, PASSWORD, first_name="Ada", last_name="L")
    return realm


def find(realm: Realm, name: str) -> User:
    """Return the user with an address or a user name."""
    with realm.reading() as db:
        user = by_login_name(db, name)
    assert user is not None
    return user
