"""RSA keys for the unit tests, each made once for a run; they take their time."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa


@cache
def key_pair(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the private key called *name*."""
    return rsa.generate_private_key(65537, bits)
