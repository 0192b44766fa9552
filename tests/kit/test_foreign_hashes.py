"""Hashes that other libraries made: compared as they do it, replaced at a login."""

from __future__ import annotations

import base64
import hashlib

import argon2
import pytest
from django.conf import settings
from django.contrib.auth.hashers import (
    PBKDF2PasswordHasher,
    PBKDF2SHA1PasswordHasher,
    ScryptPasswordHasher,
)
from werkzeug.security import generate_password_hash

from arware.kit.foreign_hashes import check_of
from arware.kit.passwords import Passwords

SAMPLE = "walrus tangerine é"


@pytest.fixture(scope="module")
def passwords() -> Passwords:
    """Return a hasher for tests."""
    return Passwords(slots=1, cheap=True)


def made() -> dict[str, str]:
    """Return a hash of SAMPLE by each library."""
    if not settings.configured:
        settings.configure()
    argon = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    digest = hashlib.pbkdf2_hmac("sha256", SAMPLE.encode(), b"some-salt", 1000)
    return {
        "django pbkdf2": PBKDF2PasswordHasher().encode(SAMPLE, "some-salt", 1000),
        "django sha1": PBKDF2SHA1PasswordHasher().encode(SAMPLE, "some-salt", 1000),
        "django scrypt": ScryptPasswordHasher().encode(SAMPLE, "some-salt", n=2**10),
        "django argon2": f"argon2{argon.hash(SAMPLE)}",
        "werkzeug pbkdf2": generate_password_hash(SAMPLE, "pbkdf2:sha256:1000"),
        "werkzeug scrypt": generate_password_hash(SAMPLE, "scrypt:1024:8:1"),
        "passlib": f"$pbkdf2-sha256$1000${adapted(b'some-salt')}${adapted(digest)}",
    }


def adapted(data: bytes) -> str:
    """Return *data* in passlib's own base64."""
    return base64.b64encode(data).decode().rstrip("=").replace("+", ".")


MADE = made()


@pytest.mark.parametrize("name", MADE)
def test_gn08_the_right_password_is_known_again(
    passwords: Passwords, name: str
) -> None:
    """And no other; it is then to be hashed anew."""
    stored = MADE[name]

    assert passwords.verify(stored, SAMPLE)
    assert not passwords.verify(stored, f"{SAMPLE}x")
    assert not passwords.verify(stored, "")
    assert passwords.needs_rehash(stored)


def test_gn08_bcrypt_is_known_again(passwords: Passwords) -> None:
    """By itself, and as Django has it, once hashed before; it cuts at 72 bytes."""
    bcrypt = pytest.importorskip("bcrypt")
    salt, long = bcrypt.gensalt(4), b"x" * 72
    plain = bcrypt.hashpw(SAMPLE.encode(), salt).decode()
    first = hashlib.sha256(SAMPLE.encode()).hexdigest().encode()
    hashed = bcrypt.hashpw(first, salt).decode()

    for stored in (plain, f"bcrypt${plain}", f"bcrypt_sha256${hashed}"):
        assert passwords.verify(stored, SAMPLE)
        assert not passwords.verify(stored, "another")
        assert passwords.needs_rehash(stored)
    assert passwords.verify(bcrypt.hashpw(long, salt).decode(), "x" * 80)


@pytest.mark.parametrize(
    "stored",
    [
        "",
        "plain text",
        "md5$salt$0123",
        "pbkdf2_sha256$0$salt$AAAA",
        "pbkdf2_sha256$99999999999$salt$AAAA",
        "pbkdf2_sha256$1000$salt$***",
        "scrypt$1000$salt$8$1$AAAA",
        "scrypt$1073741824$salt$8$1$AAAA",
        "scrypt:1024:0:1$salt$00",
        "pbkdf2_sha256$1000$salt$====",
        "scrypt:1024:8:1$salt$0",
        "$pbkdf2-sha256$1000$abcde$AAAA",
        "$pbkdf2-sha256$1000$salt$a*b",
        "$2b$04$short",
        f"$2b$31${'a' * 53}",
        f"$2b$12${'*' * 53}",
    ],
)
def test_what_cannot_be_or_would_cost_too_much_matches_nothing(
    passwords: Passwords, stored: str
) -> None:
    """It is a wrong password, and no error."""
    assert check_of(stored) is None
    assert not passwords.verify(stored, SAMPLE)
    assert not passwords.needs_rehash(stored)


def test_ours_stay_as_they_are(passwords: Passwords) -> None:
    """They are hashed anew only where the parameters are others."""
    assert not passwords.needs_rehash(passwords.hash(SAMPLE))
    assert passwords.needs_rehash(Passwords(slots=1).hash(SAMPLE))
