"""A realm as a WSGI application: where it is, and what heads each answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from arware.kit.mounting import shifted
from arware.kit.urls import Address, parse

from . import mail
from .app import router
from .request import HEADERS, REALM, is_mounted_in
from .settings import RealmSettings

if TYPE_CHECKING:
    from .realm import Realm

_PLAIN = (
    ("Content-Type", "text/plain"),
    ("Content-Length", "0"),
    ("Cache-Control", "no-store"),
)

#: How a content security policy names the applications on this machine; it knows no
#: other addresses of it.
_LOOPBACK_SOURCES = "http://127.0.0.1:*", "http://localhost:*", "http://*.localhost:*"


def make_app(realm: Realm) -> Callable[..., Iterable[bytes]]:
    """Return the application that serves *realm*."""
    pages = router(realm.settings.templates)
    prefix = realm.settings.base_path
    headers = _headers(realm.settings)
    mail.tell_if_nowhere(realm)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if realm.settings.jobs:
            realm.jobs.start()  # here, since servers fork after they have loaded us
        environ = shifted(environ, prefix) | {REALM: realm, HEADERS: headers}
        is_mounted = is_mounted_in(environ, realm)
        elsewhere = None if is_mounted else _proper_name(environ, realm.settings)
        if elsewhere is None:
            answer: Iterable[bytes] = pages(environ, start_response)
            return answer
        start_response("302 Found", [("Location", elsewhere), *_PLAIN])
        return []

    return app


def _proper_name(environ: dict[str, Any], settings: RealmSettings) -> str | None:
    """
    Return where to send a browser that calls this machine by another of its names.

    ``localhost`` and ``127.0.0.1`` have different cookies, so nothing would work where
    the application has an origin of its own. On a real host this is left to the proxy,
    whose idea of the name may be right.
    """
    own = settings.url
    path = quote(str(environ.get("PATH_INFO") or "/").encode("latin-1"), safe="/-._~")
    asked = parse(f"{own.scheme}://{environ.get('HTTP_HOST')}{path}")
    if (
        asked is None
        or asked.host == own.host
        or asked.port != own.port
        or not (asked.is_loopback and own.is_loopback)
        or environ.get("REQUEST_METHOD") != "GET"
        or path == "/connect/jwks"
        or f"{path}/".startswith("/v2/")
    ):
        return None
    query = environ.get("QUERY_STRING")
    url = f"{settings.base_url}{asked.path}{f'?{query}' if query else ''}"
    return url if parse(url) is not None else None


def _source(address: Address) -> str:
    """
    Return how a content security policy names where *address* lies.

    It knows no IPv6 addresses and no underscores, so there the scheme has to do.
    """
    named = re.fullmatch(r"[a-z0-9.-]+", address.host)
    return address.origin if named else f"{address.scheme}:"


def _headers(settings: RealmSettings) -> dict[str, str]:
    """Return the headers that every answer has."""
    origins = dict.fromkeys(map(_source, settings.login_urls))
    if settings.url.is_loopback:
        origins |= dict.fromkeys(_LOOPBACK_SOURCES)
    headers = {
        # Chromium holds a redirect after a form against form-action, so the
        # applications must be named.
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
        "img-src 'self'; script-src 'self'; connect-src 'self'; "
        f"form-action 'self' {' '.join(origins)}; "
        "frame-ancestors 'none'; base-uri 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        # An adapter tells a login that this browser asked for by the origin it comes
        # from. `no-referrer` would hide it, and make the Origin of our forms null.
        "Referrer-Policy": "strict-origin",
    }
    if settings.is_https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
