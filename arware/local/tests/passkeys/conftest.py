"""A realm with two people, and a device for passkeys."""

from __future__ import annotations

import pytest

from arware.kit.authenticator import Authenticator

from ...realm import Realm
from ..support import PASSWORD
from .people import BOB, ORIGIN


@pytest.fixture
def realm(any_realm: Realm) -> Realm:
    """Return a realm in which Ada and Bob live, on each kind of database."""
    any_realm.add_user(BOB, PASSWORD)
    return any_realm


@pytest.fixture
def device() -> Authenticator:
    """Return an authenticator."""
    return Authenticator(ORIGIN)
