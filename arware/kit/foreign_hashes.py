"""
Hashes of passwords that other libraries made, for people who come from elsewhere.

Those of bcrypt (``$2b$``), Django (``pbkdf2_sha256$``, ``scrypt$``, ``bcrypt_sha256$``,
``argon2$``), Werkzeug (``pbkdf2:sha256:``, ``scrypt:``), passlib (``$pbkdf2-...$``,
``$scrypt$``), Better Auth (``salt:key``) and Firebase (``$firescrypt$``: see
:func:`firebase`). Each is replaced by one of ours at the next login.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from argon2 import Parameters, extract_parameters
from argon2.exceptions import InvalidHashError
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

#: Who wrote a hash chose its cost, so there is a bound: of rounds, of bytes, and of
#: lanes, which are threads. Argon2's passes over its memory count as more of it.
MOST_ROUNDS, MOST_MEMORY, MOST_LANES = 20_000_000, 1 << 30, 64
#: RFC 9106 recommends one pass over 2 GiB; libsodium makes four over 1 GiB at most.
MOST_PASSED = 4 * MOST_MEMORY

_DIGEST = r"sha1|sha256|sha512"
_PBKDF2 = re.compile(
    rf"pbkdf2_(?P<django>{_DIGEST})\$(?P<n1>\d+)\$(?P<s1>[^$]+)\$(?P<b64>[^$]+)"
    rf"|pbkdf2:(?P<werkzeug>{_DIGEST}):(?P<n2>\d+)\$(?P<s2>[^$]+)\$(?P<hex>[0-9a-f]+)"
    rf"|\$pbkdf2(-(?P<passlib>{_DIGEST}))?"
    r"\$(?P<n3>\d+)\$(?P<s3>[^$]+)\$(?P<ab64>[^$]+)"
)
_SCRYPT = re.compile(
    r"scrypt\$(?P<n1>\d+)\$(?P<s1>[^$]+)\$(?P<r1>\d+)\$(?P<p1>\d+)\$(?P<b64>[^$]+)"
    r"|scrypt:(?P<n2>\d+):(?P<r2>\d+):(?P<p2>\d+)\$(?P<s2>[^$]+)\$(?P<hex>[0-9a-f]+)"
    r"|\$scrypt\$ln=(?P<ln>\d\d?),r=(?P<r3>\d+),p=(?P<p3>\d+)"
    r"\$(?P<s3>[^$]+)\$(?P<ab64>[^$]+)"
)
# The parameters are the library's, and stand nowhere.
_BETTER_AUTH = re.compile(r"(?P<salt>[0-9a-f]{32}):(?P<key>[0-9a-f]{128})")
_FIREBASE = re.compile(
    r"\$firescrypt\$ln=(?P<ln>\d\d?),r=(?P<r>\d+),p=(?P<p>\d+)"
    r"\$(?P<salt>[^$]*)\$(?P<hash>[^$]+)\$(?P<separator>[^$]*)\$(?P<key>[^$]+)"
)
# Its cost is the logarithm of its rounds.
_BCRYPT = re.compile(
    r"(?P<kind>bcrypt\$|bcrypt_sha256\$)?"
    r"(?P<hash>\$2[aby]\$(?:0[4-9]|1[0-6])\$[./0-9A-Za-z]{53})"
)

#: How Firebase's console writes the parameters of its hashes, and as what they go on.
_PARAMETERS = {
    "base64_signer_key": "key",
    "base64_salt_separator": "separator",
    "rounds": "rounds",
    "mem_cost": "memory",
}
_PARAMETER = re.compile(r"(\w+)\"?\s*:\s*\"?([\w+/=-]+)")

Check = Callable[[bytes], bool]


def native(stored: str) -> str:
    """Return *stored* without the mark that Django puts before a hash of Argon2."""
    return stored.removeprefix("argon2") if stored.startswith("argon2$") else stored


def firebase(
    stored: str, salt: str, *, key: str, separator: str, rounds: int, memory: int
) -> str:
    """
    Return one text for a hash of Firebase, whose parameters are its project's.

    They stand in its console: *key* is ``base64_signer_key``, *separator*
    ``base64_salt_separator``, *memory* ``mem_cost``. The form is Ory Kratos's.
    """
    head = f"$firescrypt$ln={memory},r={rounds},p=1"
    parts = (_plain64(part) for part in (salt, stored, separator, key))
    return "$".join((head, *parts))


def firebase_parameters(text: str) -> dict[str, Any]:
    """
    Return what :func:`firebase` needs beside a hash, out of what the console shows.

    Raises :class:`ValueError`, a sentence whose subject is the *text*.
    """
    found = {
        _PARAMETERS[name]: value
        for name, value in _PARAMETER.findall(text)
        if name in _PARAMETERS
    }
    lacking = [name for name, ours in _PARAMETERS.items() if ours not in found]
    if lacking:
        raise ValueError(f"lacks {', '.join(lacking)}: copy what the console shows")
    try:
        numbers = {name: int(found[name]) for name in ("rounds", "memory")}
    except ValueError:
        raise ValueError("has no numbers as rounds and mem_cost") from None
    return {**found, **numbers}


def check_of(stored: str) -> Check | None:
    """
    Return what tells whether a password, in UTF-8, is that of *stored*.

    ``None`` is for what none of those libraries made, and for what would cost too much.
    """
    found = _found(stored)
    return None if found is None else found[1]


def kind_of(stored: str) -> str | None:
    """
    Return what *stored* was made with, one of :data:`KINDS`.

    ``None`` is for what cannot be compared here, or would cost too much.
    """
    with suppress(InvalidHashError):
        return "argon2" if _is_cheap(extract_parameters(native(stored))) else None
    found = _found(stored)
    return None if found is None else found[0]


def _is_cheap(argon2: Parameters) -> bool:
    memory = argon2.memory_cost << 10
    passed = memory * argon2.time_cost
    is_small = memory <= MOST_MEMORY and passed <= MOST_PASSED
    return is_small and argon2.parallelism <= MOST_LANES


def _found(stored: str) -> tuple[str, Check] | None:
    for kind, (pattern, make) in _KINDS.items():
        found = pattern.fullmatch(stored)
        if found:
            with suppress(ValueError):  # what is no number, or no base64
                check = make(found)
                return None if check is None else (kind, check)
    return None


def _pbkdf2(found: re.Match[str]) -> Check | None:
    named = found.groupdict()
    # passlib names no digest where it is the oldest.
    name = named["django"] or named["werkzeug"] or named["passlib"] or "sha1"
    rounds = int(named["n1"] or named["n2"] or named["n3"])
    salt = (named["s1"] or named["s2"] or "").encode() or _adapted(named["s3"])
    wanted = _digest(named)
    # Each block of the digest takes all rounds anew (RFC 8018 5.2).
    blocks = -(-len(wanted) // hashlib.new(name).digest_size)
    if not wanted or rounds < 1 or rounds * blocks > MOST_ROUNDS:
        return None

    def check(password: bytes) -> bool:
        made = hashlib.pbkdf2_hmac(name, password, salt, rounds, len(wanted))
        return hmac.compare_digest(made, wanted)

    return check


def _scrypt(found: re.Match[str]) -> Check | None:
    named = found.groupdict()
    r, p = (int(named[f"{x}1"] or named[f"{x}2"] or named[f"{x}3"]) for x in "rp")
    n = 1 << int(named["ln"]) if named["ln"] else int(named["n1"] or named["n2"])
    salt = (named["s1"] or named["s2"] or "").encode() or _adapted(named["s3"])
    wanted, derive = _digest(named), _Scrypt(n, r, p)
    if not derive.is_possible or not wanted:
        return None
    return lambda password: hmac.compare_digest(
        derive(password, salt, len(wanted)), wanted
    )


def _better_auth(found: re.Match[str]) -> Check:
    # The salt is used as it is written, and passwords are normalised: NFKC.
    salt, wanted = found["salt"].encode(), bytes.fromhex(found["key"])
    derive = _Scrypt(16384, 16, 1)

    def check(password: bytes) -> bool:
        text = unicodedata.normalize("NFKC", password.decode("utf-8", "surrogatepass"))
        made = derive(text.encode("utf-8", "surrogatepass"), salt, len(wanted))
        return hmac.compare_digest(made, wanted)

    return check


def _firebase(found: re.Match[str]) -> Check | None:
    salt, wanted, separator, key = (
        _adapted(found[name]) for name in ("salt", "hash", "separator", "key")
    )
    derive = _Scrypt(1 << int(found["ln"]), int(found["r"]), int(found["p"]))
    if not derive.is_possible or not wanted:
        return None

    def check(password: bytes) -> bool:
        # What is stored is the project's key, encrypted with what scrypt makes.
        made = derive(password, salt + separator, 32)
        encryptor = Cipher(AES(made), CTR(bytes(16))).encryptor()
        return hmac.compare_digest(encryptor.update(key), wanted)

    return check


class _Scrypt(NamedTuple):
    """scrypt, with the parameters of a hash."""

    n: int
    r: int
    p: int

    @property
    def is_possible(self) -> bool:
        is_power = self.n >= 2 and not self.n & (self.n - 1)
        return is_power and 0 < 128 * self.n * self.r * self.p <= MOST_MEMORY

    def __call__(self, password: bytes, salt: bytes, length: int) -> bytes:
        n, r, p = self
        memory = 128 * r * (n + p + 2) + 1024  # as OpenSSL counts, and a little more
        return hashlib.scrypt(
            password, salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=length
        )


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
    """Return what base64 stands for, also without padding, or with passlib's dots."""
    text = (text or "").replace(".", "+").rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _plain64(text: str) -> str:
    """Return base64 in its ordinary letters, without padding: Firebase has both."""
    return text.strip().replace("-", "+").replace("_", "/").rstrip("=")


_KINDS = {
    "pbkdf2": (_PBKDF2, _pbkdf2),
    "scrypt": (_SCRYPT, _scrypt),
    "bcrypt": (_BCRYPT, _bcrypt),
    "better-auth": (_BETTER_AUTH, _better_auth),
    "firebase": (_FIREBASE, _firebase),
}
#: What :func:`kind_of` returns.
KINDS = ("argon2", *_KINDS)
