"""Ids and secrets, all from the operating system's random source."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase

#: Ids are a prefix and 22 of 62 characters: 131 bits.
BODY = 22

#: An API token is a prefix and 43 of 62 characters: 256 bits (ASVS 5.0 7.2.3 and
#: 11.5.1 ask for 128).
API_TOKEN_PREFIX = "art_"  # noqa: S105 - what all begin with is no secret
API_TOKEN_BODY = 43

_ID = re.compile(r"[a-z]{2,4}_[0-9A-Za-z]{22}")


def new_id(prefix: str) -> str:
    """Return a new id like ``usr_`` and 22 random letters and digits."""
    return f"{prefix}_{_random(BODY)}"


def new_api_token() -> str:
    """Return a new API token like ``art_`` and 43 random letters and digits."""
    return API_TOKEN_PREFIX + _random(API_TOKEN_BODY)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def is_id(text: str, prefix: str) -> bool:
    """Tell whether *text* has the form of an id with *prefix*."""
    return text.startswith(f"{prefix}_") and _ID.fullmatch(text) is not None


def body_of(digest: bytes) -> str:
    """Return the 22 characters that stand for *digest*, always the same ones."""
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(BODY):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


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
