"""Base64url without padding (RFC 4648 section 5)."""

from __future__ import annotations

import base64
import binascii

#: To the standard alphabet; what is only that one's, and padding, becomes junk.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")

#: By the length modulo four: the padding, and how a text may end. The last character
#: of a shorter end has bits to spare, and they must be zero: otherwise one value
#: would have many names (CVE-2026-102269).
_ENDS = {
    0: (b"", None),
    2: (b"==", frozenset("AQgw")),
    3: (b"=", frozenset("AEIMQUYcgkosw048")),
}


def encode(data: bytes) -> str:
    """Return the one spelling of *data*."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_loosely(text: str) -> bytes:
    """
    Return the bytes of *text* in either alphabet of base64, padded or not.

    For what is not believed by its spelling. Raises :class:`ValueError`.
    """
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)


def decode(text: str) -> bytes | None:
    """Return the bytes that *text* spells, ``None`` if it is not their one spelling."""
    padding, ends = _ENDS.get(len(text) % 4, (None, None))
    if padding is None or not text:
        return None
    if ends is not None and text[-1] not in ends:
        return None
    try:
        standard = text.encode("ascii").translate(_TO_STANDARD)
        return binascii.a2b_base64(standard + padding, strict_mode=True)
    except ValueError:  # of another alphabet, or padded
        return None
