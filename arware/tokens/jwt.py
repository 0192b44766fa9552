"""
Login tokens: text, keys and the time of day -> claims, or an error with a reason.

A token is parsed strictly once (RFC 8725): one spelling of base64url, UTF-8, no
repeated names, bounded size and depth. Its header decides nothing but which kid to
look up.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from arware import errors
from arware.errors import SignatureMismatch, TokenExpired, TokenMalformed, UnknownKey

from . import base64url
from .keys import Key, KeySet, is_kid

#: The longest token that is read, in characters: what the cookies of a login hold.
TOKEN_CHARACTERS = 11_000

#: The last second that a datetime can hold: the end of the year 9999.
LAST_SECOND = 253402300799

MOST_DEPTH = 16
MOST_NODES = 2000

_SHAPE = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)")
_IDENTIFIER = re.compile(r"[\x21-\x7e]{1,255}")
_UNTEXT = re.compile(r"[\x00\ud800-\udfff]")

#: What tells whether a claim has its form, by the claim's name.
Forms: TypeAlias = dict[str, Callable[[Any], bool]]

# Extensions that change what the signature covers or what the payload is.
_FORBIDDEN_HEADERS = frozenset(("crit", "b64", "zip", "enc"))


class Rules(NamedTuple):
    """
    What a token must meet beside its signature; *realm* ``None`` means any.

    *leeway* is how far clocks may differ, in seconds.
    """

    issuer: str
    realm: str | None = None
    leeway: float = 5


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A token that is well formed and not yet believed."""

    text: str
    algorithm: str
    kid: str | None
    claims: dict[str, Any]
    signed: bytes = field(compare=False)
    signature: bytes = field(compare=False)


def is_ours(text: str, issuer: str) -> bool:
    """
    Tell whether *text* is a JWT that claims to come from *issuer*.

    Nothing is verified: a foreign token belongs to the application, one that says it is
    ours is ours to verify.
    """
    # Twice as long as any that is read, eight times over: still cheap to look at.
    if len(text) > 8 * TOKEN_CHARACTERS or text.count(".") != 2:
        return False
    payload = text.split(".")[1]
    try:
        claims = json.loads(base64url.decode_loosely(payload))
    except (ValueError, RecursionError):
        return False
    return isinstance(claims, dict) and claims.get("iss") == issuer


def parse(text: str) -> Token:
    """
    Take *text* apart.

    Raises :class:`~arware.errors.TokenMalformed` if it breaks a rule of form.
    """
    if not isinstance(text, str):
        raise TokenMalformed("it is not text")
    if len(text) > TOKEN_CHARACTERS:
        raise errors.TokenTooLarge(len(text), TOKEN_CHARACTERS)
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise TokenMalformed("it is not three parts of base64url")
    head, payload, signature = (_decode(part) for part in match.groups())
    header = _read_object(head, "header")
    algorithm, kid = _check_header(header)
    claims = _read_object(payload, "payload")
    _check_claims(claims)
    signed = text[: match.end(2)].encode("ascii")
    return Token(text, algorithm, kid, claims, signed, signature)


def _decode(part: str) -> bytes:
    data = base64url.decode(part)
    if data is None:
        raise TokenMalformed("a part is not base64url in its one spelling")
    return data


# --- JSON, strictly ----------------------------------------------------------------


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name is repeated")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is not finite")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_float=_finite, parse_constant=_finite
)


def _read_object(data: bytes, which: str) -> dict[str, Any]:
    try:
        # RFC 8725 section 3.7: UTF-8 and nothing else, whatever json would guess.
        value = _DECODER.decode(data.decode("utf-8"))
    except (ValueError, RecursionError):
        raise TokenMalformed(f"its {which} is not plain JSON in UTF-8") from None
    if not isinstance(value, dict):
        raise TokenMalformed(f"its {which} is not an object")
    check_bounds(value, which)
    return value


def check_bounds(value: Any, which: str) -> None:
    """
    Refuse depth, breadth and text that would hurt whoever handles the claims.

    Raises :class:`~arware.errors.TokenMalformed`, which calls the value *which*.
    """
    nodes = 0
    layer = [value]
    for _ in range(MOST_DEPTH):
        below: list[Any] = []
        for node in layer:
            if isinstance(node, dict):
                below.extend(node)
                below.extend(node.values())
            elif isinstance(node, list):
                below.extend(node)
            elif isinstance(node, str) and _UNTEXT.search(node):
                raise TokenMalformed(f"its {which} holds text that is none")
        if not below:
            return
        nodes += len(below)
        if nodes > MOST_NODES:
            break
        layer = below
    raise TokenMalformed(f"its {which} is too deep or too large")


# --- Header and claims -------------------------------------------------------------


def _check_header(header: dict[str, Any]) -> tuple[str, str | None]:
    if not _FORBIDDEN_HEADERS.isdisjoint(header):
        raise TokenMalformed("its header asks for an extension")
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.upper() != "JWT":  # RFC 8725 3.11
        raise TokenMalformed("it is a token of another kind")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str):
        raise TokenMalformed("its algorithm is missing")
    if "kid" in header and not is_kid(header["kid"]):
        raise TokenMalformed("its kid is not one")
    return algorithm, header.get("kid")


def _check_claims(claims: dict[str, Any]) -> None:
    for name in ("exp", "sub"):
        if claims.get(name) is None:
            raise TokenMalformed(f"its {name} is missing")
    _check_forms(claims, _FORMS, "its {}")
    if claims["exp"] < claims.get("iat", 0):
        raise TokenMalformed("it ends before it was issued")
    for org in claims.get("orgs") or ():
        if not isinstance(org, dict):
            raise TokenMalformed("one of its orgs is not an object")
        _check_forms(org, _ORG_FORMS, "the {} of one of its orgs")


def _check_forms(given: dict[str, Any], forms: Forms, called: str) -> None:
    for name, fits in forms.items():
        if name in given and not fits(given[name]):
            raise TokenMalformed(f"{called.format(name)} is not what it should be")


def _is_time(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value <= LAST_SECOND
    )


def _is_identifier(value: Any) -> bool:
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def _is_text(value: Any) -> bool:
    return isinstance(value, str | None)


_FORMS: Forms = {
    **dict.fromkeys(("exp", "iat", "nbf"), _is_time),
    **dict.fromkeys(("sub", "sid", "rid"), _is_identifier),
    **dict.fromkeys(("name", "email", "preferred_username"), _is_text),
    **dict.fromkeys(("given_name", "family_name", "locale"), _is_text),
    "cs": lambda value: isinstance(value, dict | None),
    "orgs": lambda value: isinstance(value, list | None),
}


def _is_permissions(value: Any) -> bool:
    return _is_text(value) or (
        isinstance(value, list) and all(isinstance(part, str) for part in value)
    )


_ORG_FORMS: Forms = {
    **dict.fromkeys(("oid", "mid"), _is_identifier),
    "name": _is_text,
    "perm": _is_permissions,
    "cs": _FORMS["cs"],
}


# --- Judgement ---------------------------------------------------------------------


def check_claims(
    token: Token, rules: Rules, now: float, within: float | None = None
) -> None:
    """
    Check everything about *token* that needs no key.

    *now* is in seconds since the epoch; *within* is the greatest age in seconds by
    ``iat``. These checks come first: what fails them is worth no download. Raises a
    :class:`~arware.errors.TokenError`.
    """
    claims = token.claims
    if claims.get("iss") != rules.issuer:  # exactly, as text (RFC 8725 3.8)
        raise errors.WrongIssuer
    if rules.realm is not None and claims.get("rid") != rules.realm:
        raise errors.WrongRealm
    check_expiry(claims["exp"], now, rules.leeway)
    for name in ("nbf", "iat"):
        moment = claims.get(name)
        if moment is not None and moment > now + rules.leeway:
            raise errors.TokenNotYetValid(moment)
    if within is not None:
        issued = claims.get("iat")
        if issued is None:
            raise TokenMalformed("its iat is missing, so its age is unknown")
        if issued < now - within:
            raise TokenExpired(issued + within)


def check_expiry(expires_at: float, now: float, leeway: float) -> None:
    """Raise :class:`~arware.errors.TokenExpired` from *expires_at* + *leeway* on."""
    if expires_at <= now - leeway:
        raise TokenExpired(expires_at)


def check_name(token: Token) -> None:
    """
    Check that *token* could be signed by a key of a key set, which is asked for by kid.

    What fails this is worth no download. Raises
    :class:`~arware.errors.SignatureMismatch` for any algorithm but RS256, as no key of
    a set has another, then :class:`~arware.errors.UnknownKey` without a kid.
    """
    if token.algorithm != "RS256":
        raise SignatureMismatch
    if token.kid is None:
        raise UnknownKey


def check_signature(token: Token, keys: KeySet, algorithm: str | None = None) -> None:
    """
    Check that one of *keys* signed *token*.

    The key decides the algorithm and the token's must be that one; *algorithm* can
    narrow it further. Raises :class:`~arware.errors.UnknownKey` if no key
    has the token's kid, otherwise :class:`~arware.errors.SignatureMismatch`.
    """
    found = keys.find(token.kid)
    if not found:
        raise UnknownKey
    if not any(_signed_by(key, token, algorithm) for key in found):
        raise SignatureMismatch


def _signed_by(key: Key, token: Token, algorithm: str | None) -> bool:
    if key.algorithm != token.algorithm or algorithm not in (None, key.algorithm):
        return False
    return key.verifies(token.signed, token.signature)
