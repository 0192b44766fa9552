"""
Values that the database keeps but cannot read: encrypted under the realm's secrets.

What must come back as it was (the secret of an authenticator application, the body of
a message) cannot be a digest. It is sealed with AES-256-GCM, whose key is derived from
a secret that the database does not hold, and bound to its purpose and its row: copied
elsewhere, or altered, it cannot be opened.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from arware.tokens import base64url

#: How a sealed value begins: a later format has another number.
FORMAT = "1"
#: How all sealed values begin, of whatever secret, and no hash of a password does.
PREFIX = f"{FORMAT}."

#: NIST SP 800-38D 5.2.1.1: 96 bits are the length that GCM is made for. Drawn at
#: random they are good for 2**32 values under one key (8.3), and each purpose has one.
NONCE_BYTES = 12

#: Part of what has been stored, so it stays whatever becomes of the package's name.
_LABEL = "arware.local.sealed"


class CannotOpen(Exception):
    """
    A sealed value that is not what this row was given, or whose secret is gone.

    Neither the message nor *reason* (``malformed``, ``unknown_key``, ``altered``) holds
    any of the value.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Sealer:
    """
    Seals under the first of *secrets*; opens what was sealed under any of them.

    To rotate, put a new secret in front: what is sealed under an older one can still be
    opened, and :meth:`is_stale` tells whoever uses it to seal it again.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("give at least one secret")
        self._secrets = {_key_id(secret): secret for secret in secrets}
        self._newest = _key_id(secrets[0])
        self._ciphers: dict[tuple[str, str], AESGCM] = {}

    def __repr__(self) -> str:
        return f"Sealer({len(self._secrets)} secrets)"

    def seal(self, text: str, *, purpose: str, row: str) -> str:
        """
        Return *text* as ASCII that only the same *purpose* and *row* can open.

        No two results are the same. Each is 4 characters for 3 bytes of the text, and
        53 more.
        """
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._cipher(self._newest, purpose)
        data = nonce + cipher.encrypt(nonce, text.encode(), row.encode())
        return f"{self.prefix}{base64url.encode(data)}"

    def open(self, sealed: str, *, purpose: str, row: str) -> str:
        """Return the text that :meth:`seal` was given. Raises :class:`CannotOpen`."""
        key_id, data = _parse(sealed)
        if key_id not in self._secrets:
            raise CannotOpen(
                "unknown_key",
                f"a value for {purpose} was sealed under a secret that is not among "
                f"the realm's any more (key {key_id}): put it back, behind the others",
            )
        cipher = self._cipher(key_id, purpose)
        nonce, rest = data[:NONCE_BYTES], data[NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, rest, row.encode()).decode()
        except InvalidTag:
            message = f"a value for {purpose} was altered, or belongs to another row"
            raise CannotOpen("altered", message) from None

    def is_stale(self, sealed: str) -> bool:
        """Tell whether to seal it again, because there is a newer secret."""
        return _parse(sealed)[0] != self._newest

    @property
    def prefix(self) -> str:
        """How all begins that is sealed under the newest secret, and nothing else."""
        return f"{FORMAT}.{self._newest}."

    def _cipher(self, key_id: str, purpose: str) -> AESGCM:
        """Return the cipher of *purpose*; each has a key of its own."""
        cipher = self._ciphers.get((key_id, purpose))
        if cipher is None:
            info = f"{_LABEL}.key.{purpose}".encode()
            secret = self._secrets[key_id].encode()
            cipher = AESGCM(HKDF(SHA256(), 32, None, info).derive(secret))
            self._ciphers[key_id, purpose] = cipher
        return cipher


def _parse(sealed: str) -> tuple[str, bytes]:
    """Return key id and data of a sealed value. Raises :class:`CannotOpen`."""
    number, _, rest = sealed.partition(".")
    key_id, _, text = rest.partition(".")
    data = base64url.decode(text)
    # GCM's tag has 16 bytes.
    if number != FORMAT or data is None or len(data) < NONCE_BYTES + 16:
        raise CannotOpen("malformed", "this is no sealed value")
    return key_id, data


def _key_id(secret: str) -> str:
    """Return the name of *secret* in what is stored, which does not give it away."""
    return hmac.digest(secret.encode(), f"{_LABEL}.id".encode(), "sha256").hex()[:12]
