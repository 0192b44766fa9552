"""
Keys: read a key document or a configured key; find keys by kid. Nothing is fetched.

Which algorithm a key serves is decided here, once, and never by a token
(RFC 8725 section 3.1): an RSA key verifies RS256, a shared secret HS256.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.algorithms import HMACAlgorithm, RSAAlgorithm

from arware.errors import KeysUnavailable

from . import base64url

#: Smaller RSA keys are too weak (NIST SP 800-131A), larger ones a burden on the CPU.
RSA_BITS = range(2048, 8193)

#: More keys than any realm has are a mistake or an attack.
MOST_KEYS = 64

_RSA = RSAAlgorithm(RSAAlgorithm.SHA256)
_HMAC = HMACAlgorithm(HMACAlgorithm.SHA256)


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the one algorithm that it serves."""

    algorithm: str
    material: RSAPublicKey | bytes = field(repr=False)

    def verifies(self, signed: bytes, signature: bytes) -> bool:
        """Tell whether *signature* over *signed* was made with this key's partner."""
        if isinstance(self.material, bytes):
            return _HMAC.verify(signed, self.material, signature)
        return _RSA.verify(signed, self.material, signature)


@dataclass(frozen=True, slots=True, eq=False)
class KeySet:
    """
    The keys of a realm, by kid; *anonymous* ones serve whatever kid a token names.

    Two sets are the same only if they are one object, so a cached verdict can
    tell by ``is`` whether the keys have changed since. *problems* says in words which
    entries of the document were skipped, and why.
    """

    by_kid: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)
    anonymous: tuple[Key, ...] = ()
    problems: tuple[str, ...] = ()

    def find(self, kid: str | None) -> tuple[Key, ...]:
        """Return the keys that may have signed for *kid*; empty if none is known."""
        if self.anonymous:
            return self.anonymous
        return self.by_kid.get(kid, ()) if kid is not None else ()


class UnusableKey(Exception):
    """A key that cannot be used; its text says why."""


# --- A configured key --------------------------------------------------------------


def parse_jwt_key(text: str) -> KeySet:
    r"""
    Return the set that holds the configured *text* alone, for whatever kid.

    More than 256 characters are an RSA public key, as PEM or as bare base64; less is
    an HS256 secret. White space around it and a literal ``\n`` are
    forgiven. Raises :class:`UnusableKey`, whose text never holds the key.
    """
    text = text.strip()
    if len(text) <= 256:
        try:
            return KeySet(anonymous=(Key("HS256", text.encode()),))
        except UnicodeEncodeError:
            raise UnusableKey("it holds bytes that are not UTF-8") from None
    return KeySet(anonymous=(Key("RS256", _check_rsa(_load_public(text))),))


_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.*?)-----END [A-Z ]+-----", re.DOTALL)


def _load_public(text: str) -> Any:
    """Read PEM, whose lines may have been joined or indented, or bare base64."""
    kind, body = "", text.replace("\\n", "\n").replace("\\r", "")
    if body.startswith("-----BEGIN "):
        match = _PEM.match(body)
        if match is None:
            raise UnusableKey("its PEM text is cut off")
        kind, body = match.groups()
    try:
        data = base64url.decode_loosely(re.sub(r"\s+", "", body))
        return _certified(data) if kind == "CERTIFICATE" else load_der_public_key(data)
    except Exception as error:
        raise UnusableKey("it is not a public key in PEM or base64") from error


def _check_rsa(key: Any) -> RSAPublicKey:
    if not isinstance(key, RSAPublicKey):
        raise UnusableKey("it is not an RSA key")
    if key.key_size not in RSA_BITS:
        raise UnusableKey(f"it has {key.key_size} bits, 2048 to 8192 are accepted")
    exponent = key.public_numbers().e
    if exponent < 3 or exponent % 2 == 0:  # such a key signs nothing
        raise UnusableKey("its exponent is even or below 3")
    return key


# --- A key document ----------------------------------------------------------------


def parse_key_document(body: bytes) -> KeySet:
    """
    Return the usable keys of the JWK set *body* (RFC 7517 section 5).

    An entry that cannot be used is skipped and named in the set's *problems*.
    Raises :class:`~arware.errors.KeysUnavailable` if *body* is no such document, holds
    more than 64 keys, or not one that can be used.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise KeysUnavailable("the key document is not JSON") from None
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise KeysUnavailable("the key document has no list of keys")
    if len(entries) > MOST_KEYS:
        raise KeysUnavailable(f"the key document has over {MOST_KEYS} keys")
    return _gather(entries)


def _gather(entries: list[Any]) -> KeySet:
    by_kid: dict[str, tuple[Key, ...]] = {}
    problems = []
    for number, entry in enumerate(entries, 1):
        try:
            kid, key = _read_entry(entry)
        except UnusableKey as problem:
            problems.append(f"key {number}: {problem}")
            continue
        if isinstance(entry.get("d"), str):  # used, but somebody must be told
            problems.append(f"key {number}: the document publishes its private half")
        by_kid[kid] = (*by_kid.get(kid, ()), key)
    if not by_kid:
        raise KeysUnavailable("the key document has no usable key")
    return KeySet(by_kid, problems=tuple(problems))


#: What an entry may say of itself; absent counts as said (RFC 7517 section 4).
_MEMBERS: dict[str, tuple[Any, ...]] = {
    "kty": (None, "RSA"),
    "alg": (None, "RS256"),
    "use": (None, "sig"),
}


_KID = re.compile(r"[ -~]{1,200}")


def is_kid(value: Any) -> TypeGuard[str]:
    """Tell whether *value* may be a kid: 1 to 200 printable ASCII characters."""
    return isinstance(value, str) and _KID.fullmatch(value) is not None


def _read_entry(entry: Any) -> tuple[str, Key]:
    if not isinstance(entry, dict):
        raise UnusableKey("it is not an object")
    kid = entry.get("kid")
    if not is_kid(kid):
        raise UnusableKey("it has no usable kid")
    for name, allowed in _MEMBERS.items():
        if entry.get(name) not in allowed:
            raise UnusableKey(f"its {name} is not {allowed[-1]}")
    operations = entry.get("key_ops")
    if operations is not None and not (
        isinstance(operations, list) and "verify" in operations
    ):
        raise UnusableKey("its key_ops do not hold verify")
    return kid, Key("RS256", _check_rsa(_material(entry)))


def _material(entry: dict[str, Any]) -> Any:
    """Return the key of *entry*: AuthRocket's bare x5c first, as its own clients do."""
    for reader in (_from_spki, _from_numbers, _from_certificate):
        try:
            return reader(entry)
        except Exception:  # noqa: BLE001, S112 - whatever a stranger's key does to the parser
            continue
    raise UnusableKey("neither x5c nor n and e hold a key")


# Each raises whatever it likes for what it cannot read.


def _from_spki(entry: dict[str, Any]) -> Any:
    return load_der_public_key(base64url.decode_loosely(entry["x5c"][0]))


def _from_certificate(entry: dict[str, Any]) -> Any:
    return _certified(base64url.decode_loosely(entry["x5c"][0]))


def _certified(certificate: bytes) -> Any:
    from cryptography import x509  # costs a third of importing arware.wsgi

    return x509.load_der_x509_certificate(certificate).public_key()


def _from_numbers(entry: dict[str, Any]) -> Any:
    return RSAPublicNumbers(_number(entry["e"]), _number(entry["n"])).public_key()


def _number(text: str) -> int:
    if re.fullmatch(r"[A-Za-z0-9_-]{1,2048}=*", text) is None:
        raise UnusableKey("it is not base64url")
    return int.from_bytes(base64url.decode_loosely(text))
