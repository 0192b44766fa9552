"""
Secrets that everybody knows, though they are long enough to look good.

They stand in lists that are fed to password crackers: here in the 32 bytes or longer
of Wallarm's *jwt-secrets*. ``known_secrets.bin`` holds the first 6 bytes of the SHA-256
of each, sorted, so no secret can be read from there, and a good one is refused by
mistake once in 150,000,000,000 times.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

#: How many bytes of each digest are kept.
BYTES = 6


def is_known(secret: str) -> bool:
    """Tell whether *secret* stands in a public list, white space around it aside."""
    data = secret.strip().encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).digest()[:BYTES] in digests()


@cache
def digests() -> frozenset[bytes]:
    """Return the digests of all known secrets."""
    data = Path(__file__).with_suffix(".bin").read_bytes()
    return frozenset(data[at : at + BYTES] for at in range(0, len(data), BYTES))
