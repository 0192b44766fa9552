"""Hashes of passwords that the database keeps and cannot read (RQ-H3)."""

from __future__ import annotations

import logging

import pytest

from arware.kit.passwords import LONGEST_HASH

from ... import password_hashes
from ...models import User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..support import ADA, PASSWORD

OLD, NEW = "o" * 32, "n" * 32

#: Settings one after the other: switched on, rotated, the old secret gone, off, gone.
COURSE = (
    ((OLD,), False),
    ((OLD,), True),
    ((NEW, OLD), True),
    ((NEW,), True),
    ((NEW,), False),
    ((OLD,), False),
)


def opens(realm: Realm) -> bool:
    """Tell whether Ada's password is right, and a wrong one is not."""
    stored = find(realm, ADA).password_hash
    return realm.verify(stored, PASSWORD) and not realm.verify(stored, "wrong")


def test_rq_h3_nobody_notices_what_is_set(make: Make, database_url: str) -> None:
    """Passwords work before the job was there, and after it."""
    with_ada(make(database_url, secret=(OLD,)))
    seen = []
    for secrets, is_on in COURSE:
        realm = make(database_url, secret=secrets, encrypt_password_hashes=is_on)
        assert opens(realm)
        assert realm.jobs.once()["password_hashes.renew"]
        assert opens(realm)
        stored = find(realm, ADA).password_hash or ""
        assert stored.startswith(realm.passwords.prefix or "$argon2id$")
        seen.append(stored)

    assert len({*seen}) == 3
    assert find(realm, ADA).credential_version == 0


def test_rq_h3_new_passwords_are_sealed_at_once(make: Make) -> None:
    """No hash of them was ever in the database."""
    realm = with_ada(make(encrypt_password_hashes=True))

    assert (find(realm, ADA).password_hash or "").startswith(realm.passwords.prefix)
    assert opens(realm)


def test_rq_h3_those_of_others_are_sealed(
    make: Make, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long; who has no password has none."""
    monkeypatch.setattr(password_hashes, "AT_ONCE", 2)
    realm = make(database_url, encrypt_password_hashes=True)
    hashes = [None, "$2b$x", LONGEST_HASH * "x", "$2b$y", "$2b$z"]
    with realm.writing() as db:
        for number, hashed in enumerate(hashes):
            name = f"usr_{number:022}"
            user = User(id=name, username=name, created_at=1, password_hash=hashed)
            db.add(user)
    password_hashes.renew(realm, realm.now)
    stored = [user.password_hash for user in realm.users()]

    assert [realm.passwords.opened(one) for one in stored] == hashes
    assert all(one.startswith("1.") for one in stored if one)


def test_rq_h3_a_secret_that_is_gone_is_told(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """The passwords are there again with it."""
    lost = with_ada(make(secret=(OLD,), encrypt_password_hashes=True))
    before = find(lost, ADA).password_hash
    realm = make(secret=(NEW,), encrypt_password_hashes=True)
    with caplog.at_level(logging.ERROR):
        password_hashes.renew(realm, realm.now)

    assert "their secret is gone users=1" in caplog.text
    assert not realm.verify(before, PASSWORD)
    assert find(realm, ADA).password_hash == before
    assert opens(make(secret=(NEW, OLD), encrypt_password_hashes=True))
