"""An environment as the documents expect it: a realm's address and a cookie secret."""

from __future__ import annotations

import pytest

from arware.testing import MemoryRealm
from tests.adapters.django_host import set_up

# Before a name of `arware.django` that has a table is looked up.
set_up()


@pytest.fixture(scope="package")
def memory_realm() -> MemoryRealm:
    """One realm, and so one key, for all the examples."""
    return MemoryRealm()


@pytest.fixture
def realm(memory_realm: MemoryRealm, monkeypatch: pytest.MonkeyPatch) -> MemoryRealm:
    """Put the realm's settings into the environment, where the examples read them."""
    values = memory_realm.settings()
    monkeypatch.setenv("LOGINROCKET_URL", values["loginrocket_url"])
    monkeypatch.setenv("AUTHROCKET_COOKIE_SECRET", values["cookie_secret"])
    # With the key at hand, nothing is downloaded.
    monkeypatch.setenv("AUTHROCKET_JWT_KEY", values["jwt_key"])
    return memory_realm
