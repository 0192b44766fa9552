"""
The signed cookies: signing with rotation, reading a Cookie header, pieces, attributes.

A login is a login id and a token, signed by WebOb's ``SignedSerializer``. What does
not fit into one cookie is split into pieces that carry their number, their count and
the login id, so that pieces of two logins are never joined.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from webob.cookies import SignedSerializer

from arware.errors import BadCookie
from arware.tokens import base64url

#: The largest value of a cookie: browsers keep 4,096 bytes of name, value and
#: attributes (RFC 6265 section 6.1).
PIECE_BYTES = 3800
#: Together they hold the longest token that is read.
PIECES = 4

#: How many cookies of one name are tried; more can only be an attack.
CANDIDATES = 4

Cookies = dict[str, list[str]]

_PIECE = re.compile(r"([1-4])\.([2-4])\.([A-Za-z0-9_-]{16,64})\.([A-Za-z0-9_-]+)")


class CookieSigner:
    """
    Sign and verify the values of one kind of cookie.

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


def read_cookies(header: str, name: str) -> Cookies:
    """
    Return the cookies called *name* or ``<name>.<anything>``, values in order.

    Reads RFC 6265 section 4.2.1 and no more: split at semicolons, names compared
    exactly. It is linear and cannot be stopped by a strange neighbour.
    """
    found: Cookies = {}
    if name in header:
        for key, value in _cookie(name).findall(f";{header}"):
            found.setdefault(key, []).append(value.rstrip(" \t"))
    return found


def only_value(header: str, name: str) -> str:
    """Return the value of the cookie *name*, ``""`` if it is not there, or twice."""
    values = set(read_cookies(header, name).get(name, ()))
    return values.pop() if len(values) == 1 else ""


@cache
def _cookie(name: str) -> re.Pattern[str]:
    return re.compile(rf";[ \t]*({re.escape(name)}(?:\.[^=;]*)?)=([^;]*)")


# --- Writing -----------------------------------------------------------------------


class CookieOptions:
    """
    How our cookies are called and which attributes they bear.

    *secure* is whether the browser speaks https with us; then the names begin with
    ``__Host-``, which no other host and no plain http can set (RFC 6265bis 4.1.3.2).
    """

    __slots__ = ("_marks", "browser_name", "name", "secure")

    def __init__(self, base: str, secure: bool) -> None:
        self.secure = secure
        #: The name of the login's cookie.
        self.name = f"__Host-{base}" if secure else base
        #: The name of the cookie that tells browsers apart.
        self.browser_name = f"{self.name}.s"
        # How both begin in a header.
        self._marks = (f"{self.name}=", f"{self.browser_name}=")

    def only_login(self, header: str) -> str | None:
        """
        Return the value of the login's cookie if *header* holds one, nothing like it.

        It is empty if there is surely none. The cookie that tells browsers apart may
        stand beside it. ``None`` sends the caller to :func:`read_cookies`. This is the
        short way for nearly every browser.
        """
        if self.name not in header:
            return ""
        mark, beside = self._marks
        before, found, rest = header.partition(mark)
        if not found:
            is_beside = header.count(self.name) == 1 and beside in header
            return "" if is_beside else None
        if before and before[-2:] != "; ":
            return None
        value, _, after = rest.partition(";")
        # Whatever else bears the name; the cookie that may stand beside it does, too.
        others = before.count(self.name) + after.count(self.name)
        if others and (others > 1 or (beside not in before and beside not in after)):
            return None
        return value or None

    def set(self, name: str, value: str, seconds: float | None) -> str:
        """
        Return the Set-Cookie text that keeps *value* for *seconds*.

        ``None`` is until the browser is closed.
        """
        age = "" if seconds is None else f"Max-Age={max(0, int(seconds))}"
        return self._text(name, value, age)

    def clear(self, name: str) -> str:
        """Return the Set-Cookie text that removes the cookie."""
        # Expires too: some clients know no Max-Age (RFC 6265 section 5.2.2).
        ended = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
        return self._text(name, "", ended)

    def _text(self, name: str, value: str, age: str) -> str:
        secure = "; Secure" if self.secure else ""
        age = age and f"{age}; "
        return f"{name}={value}; Path=/; {age}HttpOnly; SameSite=Lax{secure}"


# --- The login ---------------------------------------------------------------------


class LoginCookie:
    """The cookie that keeps a login, whole or in pieces."""

    def __init__(self, signer: CookieSigner) -> None:
        self._signer = signer

    def read(self, text: str) -> tuple[str, str]:
        """
        Return the login id and the token in *text*.

        Raises :class:`~arware.errors.BadCookie` if we did not sign it for a login.
        """
        match self._signer.loads(text):
            case [str() as login_id, str() as token]:
                return login_id, token
        raise BadCookie("it was signed for something else")

    def write(
        self,
        login: tuple[str, str],
        seconds: float | None,
        cookies: Cookies,
        options: CookieOptions,
    ) -> tuple[str, ...]:
        """
        Return the Set-Cookie texts that keep *login*, its id and token, for *seconds*.

        ``None`` is until the browser is closed. Those of an earlier login among
        *cookies* are cleared.
        """
        values = _split(options.name, self._signer.dumps(list(login)), login[0])
        kept = (options.set(name, value, seconds) for name, value in values.items())
        stale = (n for n in _login_names(cookies, options.name) if n not in values)
        return (*kept, *map(options.clear, stale))

    @staticmethod
    def clear(cookies: Cookies, options: CookieOptions) -> tuple[str, ...]:
        """Return the Set-Cookie texts that remove the login among *cookies*."""
        return tuple(map(options.clear, _login_names(cookies, options.name)))


def holds_login(cookies: Cookies, name: str) -> bool:
    """Tell whether a cookie of a login called *name*, or what looks like one, came."""
    return not cookies.keys() <= {f"{name}.s"}


def candidates(cookies: Cookies, name: str) -> list[str]:
    """
    Return the texts that may be the login *name*, at most four, without repeats.

    The pieces count as one text. A piece that occurs twice with different values
    spoils its set.
    """
    texts = dict.fromkeys(cookies.get(name, ()))
    joined = _join(cookies, name)
    if joined is not None:
        texts[joined] = None
    return list(texts)[:CANDIDATES]


def _join(cookies: Cookies, name: str) -> str | None:
    first = _piece(cookies, name, 1)
    if first is None:
        return None
    count, login_id = int(first[2]), first[3]
    texts = [first[4]]
    for number in range(2, count + 1):
        piece = _piece(cookies, name, number)
        if piece is None or piece[2] != first[2] or piece[3] != login_id:
            return None
        texts.append(piece[4])
    return "".join(texts)


def _piece(cookies: Cookies, name: str, number: int) -> re.Match[str] | None:
    values = set(cookies.get(f"{name}.{number}", ()))
    if len(values) != 1:
        return None
    match = _PIECE.fullmatch(values.pop())
    return match if match is not None and match[1] == str(number) else None


def _split(name: str, text: str, login_id: str) -> dict[str, str]:
    if len(text) <= PIECE_BYTES:
        return {name: text}
    room = PIECE_BYTES - len(f"1.4.{login_id}.")
    parts = [text[at : at + room] for at in range(0, len(text), room)]
    return {
        f"{name}.{number}": f"{number}.{len(parts)}.{login_id}.{part}"
        for number, part in enumerate(parts, 1)
    }


def _login_names(cookies: Cookies, name: str) -> list[str]:
    """Return which cookies of the login *name*, whole or in pieces, came."""
    names = [name, *(f"{name}.{number}" for number in range(1, PIECES + 1))]
    return [candidate for candidate in names if candidate in cookies]
