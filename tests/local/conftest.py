"""A realm for each test, on SQLite, or on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from arware.local import Realm
from tests.local.support import PASSWORD, Browser, Clock, make_realm


@pytest.fixture
def clock() -> Clock:
    """Return a clock that the test sets."""
    return Clock()


@pytest.fixture
def make(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Realm]]:
    """Return a maker of realms; all are closed at the end."""
    made: list[Realm] = []

    def maker(**overrides: Any) -> Realm:
        realm = make_realm(tmp_path, **({"clock": clock} | overrides))
        made.append(realm)
        return realm

    yield maker
    for realm in made:
        realm.close()


@pytest.fixture
def realm(make: Callable[..., Realm]) -> Realm:
    """Return a realm in which Ada and Bob live."""
    return with_people(make())


@pytest.fixture(scope="module")
def lasting_realm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Realm]:
    """Return a realm for tests that leave its users and orgs as they are."""
    folder = tmp_path_factory.mktemp("realm")
    with make_realm(folder, clock=Clock()) as realm:
        yield with_people(realm)


@pytest.fixture
def browser(realm: Realm) -> Browser:
    """Return a browser in front of the realm."""
    return Browser(realm)


def with_people(realm: Realm) -> Realm:
    """Let Ada (one org) and Bob (two orgs) move in."""
    acme = realm.add_org("Acme")
    realm.add_user(
        "ada@example.com", PASSWORD, first_name="Ada", last_name="L", org=acme
    )
    realm.add_user(
        "bob@example.com", PASSWORD, orgs={acme: ["books:read"], "Zeta": ["x"]}
    )
    return realm


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/realm.sqlite"
    url: str = request.getfixturevalue("empty_postgres")
    return url
