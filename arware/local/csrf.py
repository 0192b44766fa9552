"""
Proof that a form was sent from a page of ours, by the browser that we gave it to.

A form carries a token made from a random cookie of that browser (and, once somebody
is logged in, from the session); besides, what the browser says about where the
request comes from must agree. Login and sign-up are protected too: else a stranger
could log a visitor in as somebody else.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .realm import Realm


def make_token(realm: Realm, browser: str, session_id: str | None) -> str:
    """Return a token for one form. Two pages never hold the same."""
    nonce = secrets.token_urlsafe(12)
    return f"{nonce}.{realm.digest('csrf', _bound(nonce, browser, session_id))}"


def is_genuine(
    realm: Realm, token: str, browser: str | None, session_id: str | None
) -> bool:
    """Tell whether *token* was made for this browser and session."""
    nonce, _, given = token.partition(".")
    if not browser or not given.isascii():
        return False
    expected = realm.digests("csrf", _bound(nonce, browser, session_id))
    return any(hmac.compare_digest(given, digest) for digest in expected)


def _bound(nonce: str, browser: str, session_id: str | None) -> str:
    return f"{nonce} {browser} {session_id or '-'}"


def is_from_elsewhere(environ: Mapping[str, Any], own_origin: str) -> bool:
    """
    Tell whether the browser says that the request comes from another site.

    Browsers that say nothing (and programs) are left to the token. ``Origin: null``
    is what a page with ``no-referrer`` sends, and what a sandboxed stranger sends; the
    two are told apart by ``Sec-Fetch-Site``.
    """
    site = environ.get("HTTP_SEC_FETCH_SITE")
    if site is not None and site not in ("same-origin", "none"):
        return True
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None:
        return origin != own_origin and not (origin == "null" and site is not None)
    referer = environ.get("HTTP_REFERER")
    if site is None and referer:
        return not f"{referer}/".startswith(f"{own_origin}/")
    return False
