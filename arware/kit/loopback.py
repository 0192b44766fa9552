"""Whether a browser on this very machine calls, and by which name of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from arware.settings.addresses import is_loopback

from .mounting import is_below
from .urls import Address, parse

#: What proxies add. On this machine nobody should stand between.
_FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_REAL_IP",
)


def is_browser_here(environ: Mapping[str, Any]) -> bool:
    """
    Tell whether a browser on this machine asks, by a name of it, and through no proxy.

    So it is not for another site's page that had its own name resolved to 127.0.0.1. A
    tunnel, or a proxy that adds no header and passes a name of this machine on as the
    host, cannot be told from a browser on it.
    """
    asked = parse(f"http://{environ.get('HTTP_HOST')}/")
    peer = environ.get("REMOTE_ADDR") or "localhost"  # a socket without an address
    return (
        asked is not None
        and asked.is_loopback
        and is_loopback(peer)
        and environ.keys().isdisjoint(_FORWARDED)
    )


def proper_url(
    environ: Mapping[str, Any], own: Address, base_url: str, programs: Iterable[str]
) -> str | None:
    """
    Return where to send a browser that calls this machine by another of its names.

    ``localhost`` and ``127.0.0.1`` have different cookies, so nothing would work where
    an application has an origin of its own. *own* is the right name, *base_url* what
    the path is below there; at or below *programs* no browser asks. ``None`` is for
    nowhere else: on a real host this is left to the proxy, whose idea of the name may
    be right.
    """
    path = quote(str(environ.get("PATH_INFO") or "/").encode("latin-1"), safe="/-._~")
    asked = parse(f"{own.scheme}://{environ.get('HTTP_HOST')}{path}")
    if (
        asked is None
        or asked.host == own.host
        or asked.port != own.port
        or not (asked.is_loopback and own.is_loopback)
        or environ.get("REQUEST_METHOD") != "GET"
        or is_below(path, programs)
    ):
        return None
    query = environ.get("QUERY_STRING")
    url = f"{base_url}{asked.path}{f'?{query}' if query else ''}"
    return url if parse(url) is not None else None
