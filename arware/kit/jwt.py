"""Signed tokens: RS256, as AuthRocket signs them."""

from __future__ import annotations

from typing import Any

import jwt

from arware.kit.keyring import SigningKey


def sign(key: SigningKey, claims: dict[str, Any]) -> str:
    """Return *claims* as a JWT: RS256, the header ``kid`` and ``alg`` and no more."""
    # An empty `typ` is how PyJWT is told to leave it out.
    headers = {"kid": key.kid, "typ": ""}
    return jwt.encode(claims, key.private, algorithm="RS256", headers=headers)
