"""A database of each kind, with the tables of the tests."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from arware.kit.database import Database
from tests.kit.tables import open_database
from tests.services import Service


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/app.sqlite"
        return
    service: Service = request.getfixturevalue("postgres_service")
    name = f"kit_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(service.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield service.url.removesuffix("postgres") + name
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Return a database with the tables."""
    database = open_database(url)
    yield database
    database.close()
