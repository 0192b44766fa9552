"""
Sealed values: JSON under HMAC-SHA256, so that a cache can be believed.

Who can write to a cache may delete entries or let them grow old, but can neither
forge one nor, as with a pickle, make it run code.
"""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_PURPOSE = b"arware region 1"


class Signer:
    """
    Seals and opens values with keys derived from *secrets*.

    The first secret signs, all verify. Without a secret values are only JSON: enough
    for what never leaves the process.
    """

    __slots__ = ("_keys",)

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # RFC 5869 with one block: a key of its own for this purpose.
        self._keys = tuple(
            hmac.digest(
                hmac.digest(_PURPOSE, _bytes(text), "sha256"), b"\x01", "sha256"
            )
            for text in secrets
        )

    def __repr__(self) -> str:
        return f"Signer(<{len(self._keys)} keys>)"

    def close(self, value: Any) -> bytes:
        """Return *value* as signed bytes."""
        text = json.dumps(value, separators=(",", ":")).encode()
        if not self._keys:
            return text
        return _mac(self._keys[0], text) + b"." + text

    def open(self, signed: object) -> Any:
        """Return the value in *signed*, or ``None`` if it is not to be believed."""
        if isinstance(signed, str):
            signed = signed.encode("utf-8", "surrogatepass")
        if not isinstance(signed, bytes):
            return None
        text = signed
        if self._keys:
            mac, _, text = signed.partition(b".")
            if not any(hmac.compare_digest(mac, _mac(key, text)) for key in self._keys):
                return None
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _digest(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, "sha256")


def _mac(key: bytes, text: bytes) -> bytes:
    return base64.urlsafe_b64encode(_digest(key, text)).rstrip(b"=")
