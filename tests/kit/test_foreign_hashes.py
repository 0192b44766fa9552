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

from arware.kit.foreign_hashes import check_of, firebase, kind_of
from arware.kit.passwords import Passwords

SAMPLE = "walrus tangerine é"
#: Of no password; with the salt.
DIGEST = f"$c29tZXNhbHQ${22 * 'A'}"


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
    oldest = hashlib.pbkdf2_hmac("sha1", SAMPLE.encode(), b"some-salt", 1000)
    scrypt = hashlib.scrypt(SAMPLE.encode(), salt=b"some-salt", n=16, r=8, p=1)
    key = hashlib.scrypt(
        SAMPLE.encode(), salt=b"0a" * 16, n=16384, r=16, p=1, maxmem=1 << 26
    )
    return {
        "django pbkdf2": PBKDF2PasswordHasher().encode(SAMPLE, "some-salt", 1000),
        "django sha1": PBKDF2SHA1PasswordHasher().encode(SAMPLE, "some-salt", 1000),
        "django scrypt": ScryptPasswordHasher().encode(SAMPLE, "some-salt", n=2**10),
        "django argon2": f"argon2{argon.hash(SAMPLE)}",
        "werkzeug pbkdf2": generate_password_hash(SAMPLE, "pbkdf2:sha256:1000"),
        "werkzeug scrypt": generate_password_hash(SAMPLE, "scrypt:1024:8:1"),
        "passlib": f"$pbkdf2-sha256$1000${adapted(b'some-salt')}${adapted(digest)}",
        "passlib sha1": f"$pbkdf2$1000${adapted(b'some-salt')}${adapted(oldest)}",
        "passlib scrypt": "$scrypt$ln=4,r=8,p=1$"
        f"{adapted(b'some-salt')}${adapted(scrypt)}",
        "better auth": f"{'0a' * 16}:{key.hex()}",
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


SALTED = "c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
#: The example of passlib's documentation, and that of firebase/scrypt.
PASSLIB = (
    "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$"
    "nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E"
)
FIREBASE = firebase(
    "lSrfV15cpx95_sZS2W9c9Kp6i_LVgQNDNC_qzrCnh1SAyZvqmZqAjTdn3aoItz-VHjoZilo78198JAdRui"
    "d5lQ==",
    "42xEC+ixf3L2lw==",
    key="jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvp"
    "jeJ9WmXA==",
    separator="Bw==",
    rounds=8,
    memory=14,
)


@pytest.mark.parametrize(
    ("stored", "password", "kind"),
    [(PASSLIB, "password", "scrypt"), (FIREBASE, "user1password", "firebase")],
)
def test_gn08_published_examples_are_known_again(
    passwords: Passwords, stored: str, password: str, kind: str
) -> None:
    """Those of others, not of our own making."""
    assert passwords.verify(stored, password)
    assert not passwords.verify(stored, "another")
    assert kind_of(stored) == kind
    assert len(stored) < 255


def test_gn08_better_auth_has_another_normal_form(passwords: Passwords) -> None:
    """NFKC: a ligature is two letters."""
    salt = "0b" * 16
    key = hashlib.scrypt(
        b"fish", salt=salt.encode(), n=16384, r=16, p=1, maxmem=1 << 26
    )
    stored = f"{salt}:{key.hex()}"

    assert passwords.verify(stored, "\ufb01sh")
    assert kind_of(stored) == "better-auth"


@pytest.mark.parametrize(
    ("stored", "kind"),
    [
        ("$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "argon2"),
        (
            "argon2$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "argon2",
        ),
        (f"$argon2id$v=19$m=1048576,t=4,p=64{DIGEST}", "argon2"),
        (f"$argon2id$v=19$m=1048577,t=1,p=1{DIGEST}", None),
        (f"$argon2id$v=19$m=1048576,t=5,p=1{DIGEST}", None),
        (f"$argon2id$v=19$m=65536,t=1,p=65{DIGEST}", None),
        (f"pbkdf2:sha1:20000000$salt${'ab' * 20}", "pbkdf2"),
        (f"pbkdf2:sha1:20000000$salt${'ab' * 21}", None),
        ("md5$x$y", None),
    ],
)
def test_gn08_the_kind_of_a_hash_is_told(stored: str, kind: str | None) -> None:
    """Not of one that would take more memory, threads or time than it may."""
    assert kind_of(stored) == kind


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
        "$scrypt$ln=30,r=8,p=1$c2FsdA$AAAA",
        "$firescrypt$ln=30,r=8,p=1$c2FsdA$AAAA$Bw$AAAA",
        "$firescrypt$ln=4,r=8,p=1$c2FsdA$*$Bw$AAAA",
        f"{'0' * 32}:{'0' * 126}",
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
