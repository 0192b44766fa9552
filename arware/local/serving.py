"""A realm as a WSGI application: its own address, and the headers of each answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from arware.kit.loopback import proper_url
from arware.kit.mounting import shifted
from arware.kit.urls import Address

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

#: The paths below which programs ask.
PROGRAMS = "/connect/jwks", "/v2"

#: How a content security policy names the applications on this machine; it knows no
#: other addresses of it.
_LOOPBACK_SOURCES = "http://127.0.0.1:*", "http://localhost:*", "http://*.localhost:*"


def make_app(realm: Realm) -> Callable[..., Iterable[bytes]]:
    """Return the application that serves *realm*."""
    pages = router(realm.settings.templates)
    own, base_url = realm.settings.url, realm.settings.base_url
    prefix = realm.settings.base_path
    headers = _headers(realm.settings)
    mail.tell_if_nowhere(realm)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if realm.settings.jobs:
            realm.jobs.start()  # here, since servers fork after they have loaded us
        environ = shifted(environ, prefix) | {REALM: realm, HEADERS: headers}
        elsewhere = None
        if not is_mounted_in(environ, realm):
            elsewhere = proper_url(environ, own, base_url, PROGRAMS)
        if elsewhere is None:
            answer: Iterable[bytes] = pages(environ, start_response)
            return answer
        start_response("302 Found", [("Location", elsewhere), *_PLAIN])
        return []

    return app


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
