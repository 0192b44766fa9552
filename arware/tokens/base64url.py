"""Base64url without padding (RFC 4648 section 5), in its one spelling."""

from __future__ import annotations

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
