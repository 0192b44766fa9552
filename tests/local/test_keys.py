"""Signing keys of a realm: rotated without a restart, old ones still published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from arware.kit.keyring import rotate
from arware.local import Realm
from tests.local.support import PASSWORD, Browser, Clock, decode, token_in

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t78


def test_a_rotation_needs_no_restart(
    make: Callable[..., Realm], tmp_path: Path, clock: Clock
) -> None:
    """The running realm signs with the new key, and publishes the old one (RQ-J3)."""
    path = tmp_path / "key.pem"
    realm = make(key=None, key_file=path)
    realm.add_user("ada@example.com", PASSWORD)
    browser = Browser(realm)
    old = decode(token_in(browser.log_in().location))[0]["kid"]
    old_set = realm.key_set()
    new = rotate(path).kid
    clock.forward(seconds=10)
    signed = decode(token_in(browser.get("/login", 303).location))[0]["kid"]
    published = [key["kid"] for key in browser.get("/connect/jwks").json["keys"]]

    assert signed == new
    assert published == [new, old]
    assert realm.key_set() is not old_set
    assert realm.key_set().find(old)
    assert path.stat().st_mode & 0o777 == 0o600
