"""
API tokens: what a program shows in place of a login, like ``art_4XgB...``.

After the prefix come random letters and digits and then, as in GitHub's tokens, six
with the CRC-32 of the random ones: a mistyped or invented token is told from a real one
without asking anybody.
https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
"""

from __future__ import annotations

import math
import re
import string
import zlib

PREFIX = "art_"

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase

#: 62 to the power of 6 is just above 2 to the power of 32.
_CHECKSUM = 6

_SHAPE = re.compile(rf"{PREFIX}([0-9A-Za-z]{{22,64}})([0-9A-Za-z]{{{_CHECKSUM}}})")


def new_api_token(random: bytes) -> str:
    """Return the API token made of *random*: 16 to 47 bytes, 32 are recommended."""
    if not 16 <= len(random) <= 47:
        raise ValueError("an API token is made of 16 to 47 random bytes")
    width = math.ceil(8 * len(random) / math.log2(len(ALPHABET)))
    body = base62(int.from_bytes(random), width)
    return f"{PREFIX}{body}{_checksum(body)}"


def is_api_token(text: str) -> bool:
    """Tell whether *text* has the form of an API token, and the right checksum."""
    match = _SHAPE.fullmatch(text)
    return match is not None and match[2] == _checksum(match[1])


def base62(number: int, width: int) -> str:
    """Return *number* as *width* letters and digits, without what does not fit."""
    letters = []
    for _ in range(width):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(reversed(letters))


def _checksum(body: str) -> str:
    return base62(zlib.crc32(body.encode()), _CHECKSUM)
