"""
Signed values: JSON under HMAC-SHA256, so that a cache can be believed.

Who can write to a cache may delete entries or let them grow old, but can neither
forge one nor, as with a pickle, make it run code.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_PURPOSE = b"arware region 1"


class Signer:
    """
    Signs and reads values with keys derived from *texts*, which are secrets.

    The first signs, all verify. Without any, only this very signer verifies.
    """

    __slots__ = ("_keys",)

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._keys = tuple(map(_derived, tuple(texts) or (secrets.token_hex(),)))

    def sign(self, value: Any) -> bytes:
        """Return *value* as signed bytes."""
        text = json.dumps(value, separators=(",", ":")).encode()
        return _mac(self._keys[0], text) + b"." + text

    def read(self, signed: bytes) -> Any | None:
        """Return the value in *signed*, or ``None`` if we have not signed it."""
        mac, _, text = signed.partition(b".")
        if any(hmac.compare_digest(mac, _mac(key, text)) for key in self._keys):
            return json.loads(text)
        return None


def _derived(text: str) -> bytes:
    # RFC 5869 with one block: a key of its own for this purpose.
    extracted = _digest(_PURPOSE, text.encode("utf-8", "surrogatepass"))
    return _digest(extracted, b"\x01")


def _digest(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _mac(key: bytes, text: bytes) -> bytes:
    return _digest(key, text).hex().encode()
