"""The RSA keys that sign tokens, and the document that publishes them."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from arware.fork import PerProcess
from arware.kit.files import is_open_to_all, make_once, replace
from arware.kit.secrets import body_of
from arware.tokens import base64url

log = logging.getLogger("arware.local")

MINIMUM_BITS = 2048
MADE_BITS = 2048

#: How often the key file is looked at again, so that a rotation needs no restart.
RECHECK_SECONDS = 5.0

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\n?", re.DOTALL)


class KeyFault(ValueError):
    """A key that cannot be used. The text says why and never shows the key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """
    A private key and its public name.

    The name is made from the key, so that processes which share a key agree on it.
    """

    kid: str
    private: rsa.RSAPrivateKey = field(repr=False)
    jwk: dict[str, Any] = field(repr=False)

    @property
    def pem(self) -> str:
        """The private key as PEM text."""
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    @property
    def public_pem(self) -> str:
        """The public key as PEM text, what an application calls its ``jwt_key``."""
        return (
            self.private.public_key()
            .public_bytes(
                serialization.Encoding.PEM,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            )
            .decode()
        )


def make_key() -> SigningKey:
    """Make a new key."""
    return _signing_key(rsa.generate_private_key(65537, MADE_BITS))


def load_keys(text: str) -> tuple[SigningKey, ...]:
    """
    Return the keys in *text*; the first signs, the others are still published.

    Raises :class:`KeyFault`.
    """
    keys = tuple(_load_key(match[0]) for match in _PEM.finditer(text))
    if not keys:
        raise KeyFault("it holds no PEM private key")
    return keys


# To prove the numbers of a key takes 30 to 50 ms: once is enough for whoever opens one
# realm after the other with the same key, as tests do.
@lru_cache(maxsize=4)
def _load_key(pem: str) -> SigningKey:
    try:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        raise KeyFault("it is not a PEM private key without a passphrase") from None
    if not isinstance(private, rsa.RSAPrivateKey):
        raise KeyFault("it is not an RSA key")
    if private.key_size < MINIMUM_BITS:
        raise KeyFault(f"it has fewer than {MINIMUM_BITS} bits")
    return _signing_key(private)


def _signing_key(private: rsa.RSAPrivateKey) -> SigningKey:
    public = private.public_key()
    kid = f"jky_{body_of(hashlib.sha256(_spki(public)).digest())}"
    return SigningKey(kid, private, jwk_of(public, kid))


def jwk_of(public: rsa.RSAPublicKey, kid: str) -> dict[str, Any]:
    """Return *public* as an entry of a key document (RFC 7517), called *kid*."""
    numbers = public.public_numbers()
    return {
        "kid": kid,
        "alg": "RS256",
        "use": "sig",
        "kty": "RSA",
        "n": _base64url_number(numbers.n),
        "e": _base64url_number(numbers.e),
        # AuthRocket's x5c is the bare public key, not the certificate of RFC 7517:
        # its clients put PUBLIC KEY lines around it.
        "x5c": [base64.b64encode(_spki(public)).decode()],
    }


def _spki(public: rsa.RSAPublicKey) -> bytes:
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _base64url_number(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8))


class KeyRing:
    """The keys of a realm: given as text, or kept in a file that may change."""

    def __init__(
        self, source: str | Path, *, make: bool, clock: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._lock = PerProcess(threading.Lock)
        self._path = source if isinstance(source, Path) else None
        self._stamp: tuple[int, int] | None = None
        self._checked_at = clock()
        if isinstance(source, Path):
            if make and not source.exists():
                make_once(source, make_key().pem)
            self._keys = self._read(source)
        else:
            self._keys = load_keys(source)

    @property
    def keys(self) -> tuple[SigningKey, ...]:
        """All keys, the one that signs first."""
        if self._path is not None:
            self._recheck(self._path)
        return self._keys

    @property
    def signer(self) -> SigningKey:
        """The key that signs."""
        return self.keys[0]

    @property
    def changed_at(self) -> int | None:
        """When the file was last written, ``None`` for keys that are in none."""
        _ = self.keys  # reads them again if they changed
        return None if self._stamp is None else self._stamp[0] // 10**9

    def document(self) -> dict[str, Any]:
        """Return the JWKS document, made anew."""
        return {"keys": [{**k.jwk, "x5c": [*k.jwk["x5c"]]} for k in self.keys]}

    def _recheck(self, path: Path) -> None:
        now = self._clock()
        if 0 <= now - self._checked_at < RECHECK_SECONDS:
            return
        with self._lock.get():
            self._checked_at = now
            try:
                if _stamp(path) != self._stamp:
                    self._keys = self._read(path)
                    log.info("signing keys read again kid=%s", self._keys[0].kid)
            except (OSError, KeyFault) as error:
                log.error("signing keys not read again, the old ones stay: %s", error)  # noqa: TRY400 - a traceback says nothing more

    def _read(self, path: Path) -> tuple[SigningKey, ...]:
        if is_open_to_all(path):
            raise KeyFault(f"others may read it; run: chmod 600 {path}")
        self._stamp = _stamp(path)
        return load_keys(path.read_text(encoding="utf-8", errors="replace"))


def _stamp(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_ino


def rotate(path: Path, *, keep: int = 1) -> SigningKey:
    """
    Put a new key in front of those in *path*, and keep *keep* of the old ones.

    An old key has to stay published until the last token that it signed is over.
    """
    new = make_key()
    old = load_keys(path.read_text(encoding="utf-8")) if path.exists() else ()
    replace(path, "".join(key.pem for key in (new, *old[:keep])))
    return new
