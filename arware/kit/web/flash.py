"""A message for the next page: a cookie, signed for this browser, for a minute."""

from __future__ import annotations

import json

from pyramid.i18n import TranslationString

from arware.kit.secrets import Signer, is_digest
from arware.tokens import base64url

SECONDS = 60


def pack(signer: Signer, browser: str, now: int, text: str) -> str:
    """Return the cookie that says *text*, which is translated where it is shown."""
    parts = [str(text), getattr(text, "mapping", None) or {}, now + SECONDS]
    body = base64url.encode(json.dumps(parts).encode())
    return f"{body}.{signer.digest('flash', f'{browser} {body}')}"


def unpack(signer: Signer, browser: str, now: int, cookie: str) -> str | None:
    """Return the text, or ``None`` if it is not ours, another browser's or too old."""
    body, _, given = cookie.partition(".")
    if not is_digest(signer, "flash", f"{browser} {body}", given):
        return None
    text, mapping, until = json.loads(base64url.decode(body) or b"")
    return TranslationString(text, mapping=mapping) if now < until else None
