"""Ids and secrets, all from the operating system's random source."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from typing import Protocol

from arware.tokens.api_tokens import ALPHABET, base62

#: Ids are a prefix and 22 of 62 characters: 131 bits.
BODY = 22

_ID = re.compile(r"[a-z]{2,4}_[0-9A-Za-z]{22}")


def new_id(prefix: str) -> str:
    """Return a new id like ``usr_`` and 22 random letters and digits."""
    return f"{prefix}_{''.join(secrets.choice(ALPHABET) for _ in range(BODY))}"


def is_id(text: str, prefix: str) -> bool:
    """Tell whether *text* has the form of an id with *prefix*."""
    return text.startswith(f"{prefix}_") and _ID.fullmatch(text) is not None


def body_of(digest: bytes) -> str:
    """Return the 22 characters that stand for *digest*, always the same ones."""
    return base62(int.from_bytes(digest), BODY)


def new_secret() -> str:
    """Return 256 random bits as text that fits into a cookie or a URL."""
    return secrets.token_urlsafe(32)


def keyed_digest(secret: str, purpose: str, text: str) -> str:
    """
    Return the digest under which *text* may be stored or compared.

    It is keyed, so that who can write to the database still cannot forge one, and
    each *purpose* has a key of its own.
    """
    key = hmac.digest(secret.encode(), f"arware.local.{purpose}".encode(), "sha256")
    message = text.encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()


class Signer(Protocol):
    """What signs: the newest secret signs, all that still count verify."""

    def digest(self, purpose: str, text: str) -> str:
        """Return the digest of *text*, made with the secret that signs."""
        ...

    def digests(self, purpose: str, text: str) -> Iterable[str]:
        """Return the digests of *text*, one for each secret that still counts."""
        ...


def is_digest(signer: Signer, purpose: str, text: str, given: str) -> bool:
    """Tell, in constant time, whether *given* is one of *text* that still counts."""
    sent = given.encode("utf-8", "surrogatepass")
    good = signer.digests(purpose, text)
    return any(hmac.compare_digest(sent, one.encode()) for one in good)
