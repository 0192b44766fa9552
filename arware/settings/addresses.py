"""How URLs, origins and paths are read."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from .values import FALSE, TRUE, InvalidValue, read_flag, read_list, read_text


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
    scheme = parts.scheme.lower()
    usual = ":443" if scheme == "https" else ":80"
    return f"{scheme}://{parts.netloc.lower().removesuffix(usual)}"


def read_origins(value: Any) -> tuple[str, ...]:
    """Return a list of origins."""
    return tuple(filter(None, map(read_origin, read_list(value))))


_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1|[a-z0-9-]+\.localhost")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\.?|[0-9A-Fa-f:.]+")


def is_loopback(host: str | None) -> bool:
    """Tell whether *host* (no port, no brackets) is this very machine."""
    return _LOOPBACK.fullmatch((host or "").lower()) is not None


def _check_url(text: str, *, plain_http_ok: bool) -> None:
    fix = "Give it in full, like https://host.example.com/"
    if re.search(r"[^\x21-\x7e]|[\\<>\"]", text):
        raise InvalidValue("it holds characters that no URL may hold", fix)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InvalidValue("it is not a URL", fix) from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise InvalidValue("it is not an http URL with a host", fix)
    if _HOST.fullmatch(host) is None:
        raise InvalidValue("its host is not one", fix)
    if re.search(r":(0\d*)?\Z", parts.netloc):
        # No browser spells an origin so.
        raise InvalidValue("its port is empty or begins with 0", "Correct the port")
    if "@" in parts.netloc:
        raise InvalidValue(
            "it holds a user name or a password",
            "Take it out; only AUTHROCKET_URI may hold credentials",
        )
    if parts.fragment:
        raise InvalidValue("it has a fragment (#...)", "Take the fragment out")
    if parts.scheme.lower() == "http" and not plain_http_ok and not is_loopback(host):
        raise InvalidValue(
            "it is http, so anybody on the way could read and change it",
            "Use https; plain http is for loopback addresses only",
        )


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
                f"{path!r} is the beginning of no path",
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
