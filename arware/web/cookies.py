"""
The signed cookies: codec, rotation, pieces, reading a Cookie header.

A login is a login id and a token, signed by WebOb's ``SignedSerializer``. What does
not fit into one cookie is split into pieces that carry their number, their count and
the login id, so that pieces of two logins are never joined.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from webob.cookies import SignedSerializer

from ..errors import BadCookie, CookieTooLarge
from ..tokens import base64url

#: The largest value of a cookie: browsers keep 4,096 bytes of name, value and
#: attributes (RFC 6265 section 6.1).
PIECE_BYTES = 3800
PIECES = 4

#: How many cookies of one name are tried; more can only be an attack.
CANDIDATES = 4

_PIECE = re.compile(r"([1-4])\.([2-4])\.([A-Za-z0-9_-]{16,64})\.([A-Za-z0-9_-]+)")


class Codec:
    """
    Sign and verify one kind of cookie.

    The first of *secrets* signs, all verify. *purpose* is the salt: a value signed
    for one purpose, or for a cookie of another name, is not accepted for another.
    """

    def __init__(self, secrets: Sequence[str], purpose: str) -> None:
        salt = f"arware.{purpose}\x00"
        self._serializers = [
            SignedSerializer(secret, salt, hashalg="sha512") for secret in secrets
        ]

    def dumps(self, value: Any) -> str:
        """Return *value* (what JSON can hold) as signed text of ``[A-Za-z0-9_-]``."""
        text: bytes = self._serializers[0].dumps(value)
        return text.decode("ascii")

    def loads(self, text: str) -> Any:
        """
        Return the value in *text*.

        Raises :class:`~arware.errors.BadCookie` unless *text* is canonical base64url,
        signed by us for this purpose with a secret that still counts.
        """
        if base64url.decode(text) is None:
            raise BadCookie("its text is not canonical")
        for serializer in self._serializers:
            try:
                return serializer.loads(text.encode("ascii"))
            except (ValueError, RecursionError):
                continue
        raise BadCookie("its signature does not match")


# --- Reading -----------------------------------------------------------------------


def read_cookies(header: str, name: str) -> dict[str, list[str]]:
    """
    Return the cookies called *name* or ``<name>.<anything>``, values in order.

    Reads RFC 6265 section 4.2.1 and no more: split at semicolons, names compared
    exactly. It is linear and cannot be stopped by a strange neighbour.
    """
    found: dict[str, list[str]] = {}
    if name in header:
        for key, value in _cookie(name).findall(f";{header}"):
            found.setdefault(key, []).append(value.rstrip(" \t"))
    return found


@cache
def _cookie(name: str) -> re.Pattern[str]:
    return re.compile(rf";[ \t]*({re.escape(name)}(?:\.[^=;]*)?)=([^;]*)")


def only_value(header: str, name: str) -> str | None:
    """
    Return the value of the cookie *name* if *header* holds one and nothing like it.

    ``None`` sends the caller to :func:`read_cookies`. This is the short way for the
    browser that has a login and nothing else of ours.
    """
    start = header.find(name)
    if start < 0:
        return None
    after = start + len(name)
    if header[after : after + 1] != "=" or (
        start and header[start - 2 : start] != "; "
    ):
        return None
    end = header.find(";", after)
    if end < 0:
        return header[after + 1 :]
    # Only behind it can there be another; the value itself may hold what it likes.
    return header[after + 1 : end] if header.find(name, end) < 0 else None


def candidates(found: dict[str, list[str]], name: str) -> list[str]:
    """
    Return the texts that may be the login in *found*, at most four, without repeats.

    The pieces count as one text. A piece that occurs twice with different values
    spoils its set.
    """
    texts = dict.fromkeys(found.get(name, ()))
    joined = _join(found, name)
    if joined is not None:
        texts[joined] = None
    return list(texts)[:CANDIDATES]


def _join(found: dict[str, list[str]], name: str) -> str | None:
    first = _piece(found, name, 1)
    if first is None:
        return None
    count, login_id = int(first[2]), first[3]
    texts = [first[4]]
    for number in range(2, count + 1):
        piece = _piece(found, name, number)
        if piece is None or piece[2] != first[2] or piece[3] != login_id:
            return None
        texts.append(piece[4])
    return "".join(texts)


def _piece(found: dict[str, list[str]], name: str, number: int) -> re.Match[str] | None:
    values = set(found.get(f"{name}.{number}", ()))
    if len(values) != 1:
        return None
    match = _PIECE.fullmatch(values.pop())
    return match if match is not None and match[1] == str(number) else None


# --- Writing -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CookieOptions:
    """
    How our cookies are called and which attributes they bear.

    *secure* is whether the browser speaks https with us; then the names begin with
    ``__Host-``, which no other host and no plain http can set (RFC 6265bis 4.1.3.2).
    """

    base: str
    secure: bool
    #: The name of the login's cookie.
    name: str = field(init=False)

    def __post_init__(self) -> None:
        name = f"__Host-{self.base}" if self.secure else self.base
        object.__setattr__(self, "name", name)

    def set(self, name: str, value: str, seconds: float) -> str:
        """Return the Set-Cookie text that keeps *value* for *seconds*."""
        ending = "; Secure" if self.secure else ""
        age = max(0, int(seconds))
        return f"{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{ending}"

    def clear(self, name: str) -> str:
        """Return the Set-Cookie text that removes the cookie."""
        # Expires too: some clients know no Max-Age (RFC 6265 section 5.2.2).
        ending = "; Secure" if self.secure else ""
        return (
            f"{name}=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; "
            f"HttpOnly; SameSite=Lax{ending}"
        )


def login_cookies(
    options: CookieOptions,
    text: str,
    login_id: str,
    seconds: float,
    present: Sequence[str],
) -> list[str]:
    """
    Return the Set-Cookie texts that keep the login *text* for *seconds*.

    Cookies of an earlier login, named in *present*, are cleared. Raises
    :class:`~arware.errors.CookieTooLarge` if four pieces do not hold it.
    """
    values = _split(options.name, text, login_id)
    stale = [name for name in present if name not in values]
    return [options.set(name, value, seconds) for name, value in values.items()] + [
        options.clear(name) for name in stale
    ]


def _split(name: str, text: str, login_id: str) -> dict[str, str]:
    if len(text) <= PIECE_BYTES:
        return {name: text}
    room = PIECE_BYTES - len(f"1.4.{login_id}.")
    parts = [text[at : at + room] for at in range(0, len(text), room)]
    if len(parts) > PIECES:
        raise CookieTooLarge(len(text), room * PIECES)
    return {
        f"{name}.{number}": f"{number}.{len(parts)}.{login_id}.{part}"
        for number, part in enumerate(parts, 1)
    }


def login_names(found: dict[str, list[str]], name: str) -> list[str]:
    """Return which of the login's cookies, whole or in pieces, stand in *found*."""
    names = [name, *(f"{name}.{number}" for number in range(1, PIECES + 1))]
    return [candidate for candidate in names if candidate in found]
