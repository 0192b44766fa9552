"""A message for the next page: a cookie, signed for this browser, for a minute."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from typing import Protocol

from pyramid.i18n import TranslationString

from arware.tokens import base64url

SECONDS = 60


class Digests(Protocol):
    """What signs and verifies."""

    def digest(self, purpose: str, text: str) -> str:
        """Return the digest of *text*."""
        ...

    def digests(self, purpose: str, text: str) -> Iterable[str]:
        """Return the digests of *text* that still count."""
        ...


def pack(signer: Digests, browser: str, now: int, text: str) -> str:
    """Return the cookie that says *text*, which is translated where it is shown."""
    parts = [str(text), getattr(text, "mapping", None) or {}, now + SECONDS]
    body = base64url.encode(json.dumps(parts).encode())
    return f"{body}.{signer.digest('flash', f'{browser} {body}')}"


def unpack(signer: Digests, browser: str, now: int, cookie: str) -> str | None:
    """Return the text, or ``None`` if it is not ours, another browser's or too old."""
    body, _, given = cookie.partition(".")
    good = signer.digests("flash", f"{browser} {body}")
    if not given.isascii() or not any(hmac.compare_digest(given, one) for one in good):
        return None
    text, mapping, until = json.loads(base64url.decode(body) or b"")
    return TranslationString(text, mapping=mapping) if now < until else None
