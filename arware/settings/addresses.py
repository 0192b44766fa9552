"""How URLs, origins and paths are read."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from .values import FALSE, TRUE, InvalidValue, read_flag, read_list, read_text

#: An address that stands for none, for tests: RFC 2606 gives no host such a name. Where
#: a realm is mounted, it is as if it had not been set.
PLACEHOLDER = "https://loginrocket.invalid/"


def read_url(value: Any) -> str | None:
    """Return an address that is https, or on this machine."""
    text = read_text(value)
    if text is not None:
        _check_url(text, plain_http_ok=False)
    return text


_PAGE = re.compile(r"/(login|signup|logout|connect/jwks)/?\Z")


def read_loginrocket_url(value: Any) -> str | None:
    """Return the address below which LoginRocket's pages are, not that of one."""
    text = read_url(value)
    parts = urlsplit(text or "")
    page = _PAGE.search(parts.path)
    if page is not None:
        base = (parts.scheme, parts.netloc, parts.path[: page.start() + 1], "", "")
        raise InvalidValue(
            f"it ends in /{page[1]}, which is one of LoginRocket's pages",
            f"Give what stands before that: {urlunsplit(base)}",
        )
    return text


def read_origin(value: Any) -> str | None:
    """Return scheme and host, and the port if it is not the usual one."""
    text = read_text(value)
    if text is None:
        return None
    _check_url(text, plain_http_ok=True)
    parts = urlsplit(text)
    if parts.path not in ("", "/") or parts.query:
        raise InvalidValue(
            "it has a path or a query",
            "Give scheme and host only, like https://app.example.com",
        )
    return origin_of(text)


def read_origins(value: Any) -> tuple[str, ...]:
    """Return a list of origins."""
    return tuple(filter(None, map(read_origin, read_list(value))))


_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1|\[::1\]|[a-z0-9-]+\.localhost")


def is_loopback(host: str | None) -> bool:
    """Tell whether *host* (without a port) is this very machine."""
    return _LOOPBACK.fullmatch((host or "").lower()) is not None


def is_same_place(url: str, other: str) -> bool:
    """Tell whether two addresses are one; on this machine whatever it is called."""
    one, two = urlsplit(url), urlsplit(other)
    here = is_loopback(one.hostname) and is_loopback(two.hostname)
    same_origin = here or origin_of(url) == origin_of(other)
    return same_origin and one.path.rstrip("/") == two.path.rstrip("/")


def _check_url(text: str, *, plain_http_ok: bool) -> None:
    fix = "Give it in full, like https://host.example.com/"
    if re.search(r"[^\x21-\x7e]|[\\<>\"]", text):
        raise InvalidValue("it holds characters that no URL may hold", fix)
    if re.search(r"//[^/?#]*:(0\d*)?([/?#]|\Z)", text):
        # No browser spells an origin so.
        raise InvalidValue("its port is empty or begins with 0", "Correct the port")
    if origin_of(text) is None:
        raise InvalidValue("it is not an http or https URL with a host", fix)
    parts = urlsplit(text)
    if "@" in parts.netloc:
        raise InvalidValue(
            "it holds a user name or a password",
            "Take it out; only AUTHROCKET_URI may hold credentials",
        )
    if parts.fragment:
        raise InvalidValue("it has a fragment (#...)", "Take the fragment out")
    is_safe = plain_http_ok or parts.scheme == "https" or is_loopback(parts.hostname)
    if not is_safe:
        raise InvalidValue(
            "it is http, so anyone on the network could read and change it",
            "Use https; plain http is for loopback addresses only",
        )


# --- Origins -----------------------------------------------------------------------

SCHEME_PORTS = {"http": 80, "https": 443}

# RFC 3986 section 3.2.2 without user information: a name, IPv4 or bracketed IPv6.
_HOST = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]{2,45}\])"
    r"(?::(?P<port>\d{1,5}))?"
)


def origin_of(url: str | None) -> str | None:
    """
    Return scheme, host and port of *url* in one spelling, ``None`` if it has none.

    The default port is left out and letters are small, so origins compare as text.
    """
    if not url:
        return None
    try:
        parts = urlsplit(url)
        scheme, netloc = parts.scheme.lower(), parts.netloc
    except ValueError:
        return None
    return make_origin(scheme, netloc.rpartition("@")[2])


def make_origin(scheme: str, host: str | None) -> str | None:
    """
    Return the origin of *scheme* and *host* (with or without port).

    ``None`` if the scheme is not http or https, or if *host* breaks the grammar of
    RFC 3986: such a Host header never gets into a URL of ours.
    """
    found = split_host(host or "")
    if found is None or scheme not in SCHEME_PORTS:
        return None
    name, port = found
    if port is None or port == SCHEME_PORTS[scheme]:
        return f"{scheme}://{name}"
    return f"{scheme}://{name}:{port}"


def split_host(host: str) -> tuple[str, int | None] | None:
    """
    Return the name in *host*, in small letters, and its port or ``None``.

    ``None`` if it breaks the grammar of RFC 3986. IPv6 is in brackets.
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return None
    name, port = match["name"].lower(), match["port"]
    if name[0] == "[":
        try:
            IPv6Address(name[1:-1])
        except ValueError:
            return None
    if port is None:
        return name, None
    return (name, int(port)) if 0 < int(port) < 65536 else None


# --- Paths -------------------------------------------------------------------------


def read_path(value: Any) -> str | None:
    """Return a path of the application, ``None`` for blank."""
    text = read_text(value)
    if text is not None and (
        not text.startswith("/") or re.search(r"^//|[^\x21-\x7e]|[\\?#]", text)
    ):
        raise InvalidValue(
            "it is not a path of this application",
            "Begin it with exactly one slash, like /logout",
        )
    return text


# Compared with decoded paths these would match none, and so protect nothing.
_NO_PREFIX = re.compile(r"//|\\|[?#*\x00-\x1f\ufffd]|/\.{1,2}(?:/|$)")


def read_paths(value: Any) -> tuple[str, ...]:
    """Return beginnings of paths, in whole segments."""
    paths = read_list(value)
    for path in paths:
        if not path.startswith("/"):
            raise InvalidValue(
                f"{path!r} does not begin with a slash", "Begin each path with /"
            )
        if _NO_PREFIX.search(unquote(path)):
            raise InvalidValue(
                f"{path!r} is not the beginning of a path",
                "Give whole segments, like /a/b; all that lies below is meant too",
            )
    return paths


def read_flag_or_paths(value: Any) -> bool | tuple[str, ...]:
    """Return yes, no, or beginnings of paths."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in TRUE | FALSE:
        return read_flag(value)
    return read_paths(value) or False
