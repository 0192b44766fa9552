"""
Ten thousand people from elsewhere, with hashes of all kinds, log in: what it takes.

``python -m tests.realm_import [10000]`` imports a file of them, and logs each in with
the password that it had, through the flow of the login page. Costs are small; that of
Better Auth cannot be set, so there are fewer of those.
"""

from __future__ import annotations

import base64
import hashlib
import json
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import argon2
import bcrypt
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

from arware.kit.rows import read_rows
from arware.local.features.imports import flow
from arware.local.features.imports.flow import Row
from arware.local.realm import Realm

#: Every so many is one of Better Auth: 32 MiB and 60 ms each.
RARE = 100

_ARGON = argon2.PasswordHasher(time_cost=1, memory_cost=32, parallelism=1)


def _64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _adapted(data: bytes) -> str:
    return _64(data).rstrip("=").replace("+", ".")


def _pbkdf2(password: bytes) -> str:
    digest = hashlib.pbkdf2_hmac("sha256", password, b"some-salt", 10)
    return f"$pbkdf2-sha256$10${_adapted(b'some-salt')}${_adapted(digest)}"


def _django(password: bytes) -> str:
    digest = hashlib.pbkdf2_hmac("sha256", password, b"salt", 10)
    return f"pbkdf2_sha256$10$salt${_64(digest)}"


def _scrypt(password: bytes) -> str:
    digest = hashlib.scrypt(password, salt=b"salt", n=16, r=8, p=1, dklen=32)
    return f"$scrypt$ln=4,r=8,p=1${_adapted(b'salt')}${_adapted(digest)}"


def _firebase(password: bytes) -> str:
    key = b"k" * 64
    made = hashlib.scrypt(password, salt=b"salt\x07", n=16, r=8, p=1, dklen=32)
    hashed = Cipher(AES(made), CTR(bytes(16))).encryptor().update(key)
    parts = (_64(part).rstrip("=") for part in (b"salt", hashed, b"\x07", key))
    return "$".join(("$firescrypt$ln=4,r=8,p=1", *parts))


def _better_auth(password: bytes) -> str:
    salt = "0a" * 16
    made = hashlib.scrypt(
        password, salt=salt.encode(), n=16384, r=16, p=1, maxmem=1 << 26
    )
    return f"{salt}:{made.hex()}"


KINDS: dict[str, Callable[[bytes], str]] = {
    "bcrypt": lambda password: bcrypt.hashpw(password, bcrypt.gensalt(4)).decode(),
    "passlib scrypt": _scrypt,
    "firebase": _firebase,
    "passlib pbkdf2": _pbkdf2,
    "django": _django,
    "argon2": _ARGON.hash,
}


def people(count: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield *count* people: kind of hash, password, and what a file says of them."""
    kinds = list(KINDS.items())
    for number in range(count):
        kind, make = kinds[number % len(kinds)]
        if number % RARE == RARE - 1:
            kind, make = "better-auth", _better_auth
        password = f"the password of number {number}"
        email = f"person{number}@example.com"
        values = {"email": email, "reference": str(number), "email_verified": True}
        values["password_hash"] = make(password.encode())
        yield kind, password, values


def import_file(realm: Realm, path: Path) -> int:
    """Import the file; return how many users were added."""
    with path.open("rb") as file:
        rows = (Row(row.line, row.values) for row in read_rows(file, "jsonl"))
        outcomes = flow.take_over(realm, rows, realm.operator())
        return sum(outcome.is_new for outcome in outcomes)


def log_all_in(realm: Realm, known: list[tuple[str, str, str]]) -> Counter[str]:
    """Log everybody in; return how many could, by the kind of hash that they had."""
    flow = realm.feature("password")
    done: Counter[str] = Counter()
    for kind, email, password in known:
        caller = realm.operator()
        found = flow.log_in(realm, caller, email, password)
        done[kind] += type(found).__name__ == "LoggedIn"
    return done


def run(count: int, database: str, path: Path) -> Iterator[str]:
    """Do it with so many people, and tell what it took."""
    known = []
    with path.open("w") as file:
        for kind, password, values in people(count):
            file.write(f"{json.dumps(values)}\n")
            known.append((kind, values["email"], password))
    with Realm(database, url="http://localhost:8001", cheap_hashing=True) as realm:
        start = time.perf_counter()
        added = import_file(realm, path)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        yield f"{added} imported in {seconds:.1f} s, {peak} MiB at the most"
        start = time.perf_counter()
        done = log_all_in(realm, known)
        seconds = time.perf_counter() - start
        yield f"{done.total()} of {count} logged in, in {seconds:.0f} s: {dict(done)}"
        old = [
            user
            for user in realm.users()
            if realm.passwords.needs_rehash(str(user.password_hash))
        ]
        yield f"{len(old)} hashes are not renewed"


def main(count: int) -> None:
    """Print what it takes."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/realm.sqlite"
        for line in run(count, database, Path(folder, "people.jsonl")):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
