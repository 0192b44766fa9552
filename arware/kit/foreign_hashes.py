"""
Hashes of passwords that other libraries made, for people who come from elsewhere.

Those of bcrypt (``$2b$``), Django (``pbkdf2_sha256$``, ``scrypt$``, ``bcrypt_sha256$``,
``argon2$``), Werkzeug (``pbkdf2:sha256:``, ``scrypt:``) and passlib (``$pbkdf2-...$``).
Each is replaced by one of ours at the next login.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from contextlib import suppress

#: Who wrote a hash chose its cost, so there is a bound: of rounds, and of bytes.
MOST_ROUNDS, MOST_MEMORY = 20_000_000, 1 << 30

_DIGEST = r"sha1|sha256|sha512"
_PBKDF2 = re.compile(
    rf"pbkdf2_(?P<django>{_DIGEST})\$(?P<n1>\d+)\$(?P<s1>[^$]+)\$(?P<b64>[^$]+)"
    rf"|pbkdf2:(?P<werkzeug>{_DIGEST}):(?P<n2>\d+)\$(?P<s2>[^$]+)\$(?P<hex>[0-9a-f]+)"
    rf"|\$pbkdf2-(?P<passlib>{_DIGEST})\$(?P<n3>\d+)\$(?P<s3>[^$]+)\$(?P<ab64>[^$]+)"
)
_SCRYPT = re.compile(
    r"scrypt\$(?P<n1>\d+)\$(?P<s1>[^$]+)\$(?P<r1>\d+)\$(?P<p1>\d+)\$(?P<b64>[^$]+)"
    r"|scrypt:(?P<n2>\d+):(?P<r2>\d+):(?P<p2>\d+)\$(?P<s2>[^$]+)\$(?P<hex>[0-9a-f]+)"
)
# Its cost is the logarithm of its rounds.
_BCRYPT = re.compile(
    r"(?P<kind>bcrypt\$|bcrypt_sha256\$)?"
    r"(?P<hash>\$2[aby]\$(?:0[4-9]|1[0-6])\$[./0-9A-Za-z]{53})"
)

Check = Callable[[bytes], bool]


def native(stored: str) -> str:
    """Return *stored* without the mark that Django puts before a hash of Argon2."""
    return stored.removeprefix("argon2") if stored.startswith("argon2$") else stored


def check_of(stored: str) -> Check | None:
    """
    Return what tells whether a password, in UTF-8, is that of *stored*.

    ``None`` is for what none of those libraries made, and for what would cost too much.
    """
    for pattern, make in ((_PBKDF2, _pbkdf2), (_SCRYPT, _scrypt), (_BCRYPT, _bcrypt)):
        found = pattern.fullmatch(stored)
        if found:
            with suppress(ValueError):  # what is no number, or no base64
                return make(found)
    return None


def _pbkdf2(found: re.Match[str]) -> Check | None:
    named = found.groupdict()
    name = named["django"] or named["werkzeug"] or named["passlib"]
    rounds = int(named["n1"] or named["n2"] or named["n3"])
    salt = (named["s1"] or named["s2"] or "").encode() or _adapted(named["s3"])
    wanted = _digest(named)
    if not wanted or not 1 <= rounds <= MOST_ROUNDS:
        return None

    def check(password: bytes) -> bool:
        made = hashlib.pbkdf2_hmac(name, password, salt, rounds, len(wanted))
        return hmac.compare_digest(made, wanted)

    return check


def _scrypt(found: re.Match[str]) -> Check | None:
    named = found.groupdict()
    n, r, p = (int(named[f"{key}1"] or named[f"{key}2"]) for key in "nrp")
    salt = (named["s1"] or named["s2"]).encode()
    wanted, memory = _digest(named), 132 * n * r * p
    if not wanted or memory > MOST_MEMORY or n < 2 or n & (n - 1) or not r or not p:
        return None

    def check(password: bytes) -> bool:
        made = hashlib.scrypt(
            password, salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=len(wanted)
        )
        return hmac.compare_digest(made, wanted)

    return check


def _bcrypt(found: re.Match[str]) -> Check:
    import bcrypt

    wanted, is_hashed = found["hash"].encode(), found["kind"] == "bcrypt_sha256$"

    def check(password: bytes) -> bool:
        if is_hashed:
            password = hashlib.sha256(password).hexdigest().encode()
        # It has always cut there; its newest releases want that said.
        return bool(bcrypt.checkpw(password[:72], wanted))

    return check


def _digest(named: dict[str, str | None]) -> bytes:
    if named["hex"]:
        return bytes.fromhex(named["hex"])
    if named["b64"]:
        return base64.b64decode(named["b64"], validate=True)
    return _adapted(named["ab64"])


def _adapted(text: str | None) -> bytes:
    """Return what passlib's own base64 stands for: a dot for the plus, no padding."""
    text = (text or "").replace(".", "+")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
