"""
URLs: origins, parameters in a query, links to LoginRocket, Locations.

Queries are handled as text, piece by piece, so that whatever is not ours keeps every
byte.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, unquote, unquote_plus, unquote_to_bytes, urlsplit

from arware.settings.addresses import is_loopback

#: What LoginRocket, or we, add to a callback's URL.
CALLBACK_PARAMETERS = frozenset(("token", "account", "session", "ar_state"))

#: What may stand in a path as it is (RFC 3986 section 3.3), beside the unreserved
#: characters (section 2.3), which are never encoded.
_PATH_SAFE = "/!$&'()*+,;=:@"

#: What a client may send in a path; the rest, like quotes, no URL may hold.
_IN_PATH = _PATH_SAFE + "%?[]|"

#: What may stand in a header and in a query.
_IN_QUERY = _IN_PATH + "^`{}"


def host_is_loopback(origin: str | None) -> bool:
    """Tell whether *origin* names this very machine."""
    return origin is not None and is_loopback(urlsplit(origin).hostname)


# --- Queries -----------------------------------------------------------------------


@cache
def _parameter(names: frozenset[str]) -> re.Pattern[str]:
    """
    Return the pattern of a parameter with one of *names*, in any encoding of them.

    It is for a query that begins with ``&``, and is linear in its length, which
    decoding every name would be too, but some hundred times slower.
    """
    several = "|".join("".join(map(_any_spelling, name)) for name in sorted(names))
    return re.compile(rf"&(?:{several})(?:=([^&]*))?(?=&|\Z)")


def _any_spelling(letter: str) -> str:
    digits = (f"[{digit}{digit.upper()}]" for digit in f"{ord(letter):02x}")
    encoded = "%" + "".join(digits)
    plain = r"[+ ]" if letter == " " else re.escape(letter)
    return f"(?:{plain}|{encoded})"


def query_values(query: str, name: str) -> list[str]:
    """Return the decoded values of every parameter called *name* (ASCII), in order."""
    found = _parameter(frozenset((name,))).finditer(f"&{query}")
    return [unquote_plus(match[1] or "") for match in found]


def without_parameters(query: str, names: Iterable[str]) -> str:
    """Return *query* without the parameters in *names*; the rest keeps every byte."""
    return _parameter(frozenset(names)).sub("", f"&{query}")[1:]


def with_parameter(url: str, name: str, value: str) -> str:
    """Return *url* with one more parameter, the last of its query."""
    base, mark, fragment = url.partition("#")
    place, _, query = base.partition("?")
    before = f"{query}&" if query and not query.endswith("&") else query
    return f"{place}?{before}{name}={encode(value)}{mark}{fragment}"


def with_state(url: str, state: str) -> str:
    """
    Return *url* with *state* as its last parameter, without what a callback adds.

    A token that stood there already would be believed for the state's sake.
    """
    base, mark, fragment = url.partition("#")
    place, question, query = base.partition("?")
    query = without_parameters(query, CALLBACK_PARAMETERS)
    bare = f"{place}{question}{query}" if query else place
    return with_parameter(f"{bare}{mark}{fragment}", "ar_state", state)


# --- Links to LoginRocket ----------------------------------------------------------


def loginrocket_link(base: str, path: str, parameters: Mapping[str, Any]) -> str:
    """
    Return the URL of LoginRocket's page *path*, below the path of *base*.

    The query of *base* is kept and merged with *parameters*, see
    :func:`parameter_query`.
    """
    parts = urlsplit(base)
    own: dict[str, list[str | None]] = {}
    for piece in filter(None, parts.query.split("&")):
        name, mark, value = piece.partition("=")
        several = own.setdefault(unquote_plus(name), [])
        several.append(unquote_plus(value) if mark else None)
    place = parts.path.rstrip("/") + "/" + path.lstrip("/")
    query = parameter_query({**own, **parameters})
    return parts._replace(path=place, query=query, fragment="").geturl()


def parameter_query(parameters: Mapping[str, Any]) -> str:
    """
    Return *parameters* as a query, sorted by name.

    A value of ``None`` makes a bare name, a list or tuple a repeated one; the rest is
    percent-encoded down to the unreserved characters.
    """
    pieces = []
    for name, given in sorted(parameters.items()):
        for value in given if isinstance(given, list | tuple) else (given,):
            text = str(value).lower() if isinstance(value, bool) else str(value)
            end = "" if value is None else f"={encode(text)}"
            pieces.append(encode(name) + end)
    return "&".join(pieces)


def encode(text: str) -> str:
    """Percent-encode *text* down to the unreserved characters."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


# --- Paths -------------------------------------------------------------------------


def encoded_path(path: str, raw: str | None) -> str:
    """
    Return the decoded *path* in its encoded form, as the browser wrote it if known.

    *raw* is the request target's path as the server saw it; it counts only if it is
    plain ASCII and decodes to *path*. Otherwise *path* is encoded anew, and an
    encoded slash has become a plain one.
    """
    data = _bytes_of(path, "utf-8", "surrogateescape")
    if (
        raw is not None
        and _PRINTABLE.fullmatch(raw)
        # ASGI servers decode what is not UTF-8 to U+FFFD.
        and (unquote_to_bytes(raw) == data or unquote(raw) == path)
    ):
        return quote(raw, safe=_IN_PATH)
    return quote(data, safe=_PATH_SAFE)


_PRINTABLE = re.compile(r"[\x21-\x7e]*")


def _bytes_of(text: str, encoding: str, errors: str) -> bytes:
    """Return the bytes that *text* stands for; of nonsense, whatever can be had."""
    try:
        return text.encode(encoding, errors)
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def clean_query(query: str) -> str:
    """
    Return *query* with only those bytes encoded that must not stand in a header.

    Servers spell its bytes in latin-1, WSGI's and ours of ASGI alike.
    """
    return quote(_bytes_of(query, "latin-1", "strict"), safe=_IN_QUERY)


def local_location(path: str, query: str) -> str:
    """
    Return a Location below our own origin, for an encoded *path* and a *query*.

    It begins with exactly one slash and holds neither a backslash nor anything
    outside printable ASCII, so no browser takes it for another origin.
    """
    place = "/" + path.replace("\\", "%5C").lstrip("/")
    return f"{place}?{clean_query(query)}" if query else place


def local_target(uri: str) -> str:
    """
    Return *uri*, a path with or without query and fragment, as a Location of ours.

    What no URL may hold in it, like letters of other alphabets, is encoded.
    """
    place, mark, fragment = quote(uri, safe=string.punctuation).partition("#")
    path, _, query = place.partition("?")
    return f"{local_location(path, query)}{mark}{clean_query(fragment)}"
