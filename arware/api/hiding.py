"""
What an error must not show: the secrets of a call, wherever they come back from.

A server may repeat what it was sent, in any answer. Whatever is shown of one goes
through :func:`cleaned`, and nothing else cleans.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote_plus, urlsplit

from .calls import is_secret, is_secrets_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: What stands in a secret's place.
MASK = "***"

#: Headers that tell who asks, and are no secrets.
_OPEN = frozenset(("authrocket-realm", "authrocket-service"))
_CREDENTIALS = frozenset(("authorization", "proxy-authorization", "cookie"))
#: A secret that is shorter is only replaced where it stands alone: as a part of some
#: word it would be there by chance.
_SHORT = 8


def secrets_of(
    headers: Iterable[tuple[str, str]], url: str, body: bytes | None
) -> Iterator[str]:
    """Yield the secrets that a request sends."""
    for name, value in headers:
        if name in _CREDENTIALS:
            yield from (value, *re.split(r"[ ,;]+", value)[1:])
        elif is_secret(value) or (name.startswith("authrocket-") and name not in _OPEN):
            yield value
    parts = urlsplit(url)
    before = ""
    for part in map(unquote_plus, parts.path.split("/")):
        # An invitation's id may be its token.
        if is_secret(part) or before == "invitations":
            yield part
        before = part
    for name, value in parse_qsl(parts.query):
        yield from _secrets_in(value, name.partition("[")[0])
    if body:
        yield from _secrets_in(json.loads(body))


def _secrets_in(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for inner, item in value.items():
            yield from _secrets_in(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from _secrets_in(item, name)
    elif isinstance(value, str) and _is_hidden(name, value):
        yield value


def _is_hidden(name: str, value: str) -> bool:
    return name.lower() == "code" or is_secrets_name(name) or is_secret(value)


def cleaned(text: str, secrets: Iterable[str]) -> str:
    """Return *text* without *secrets*, in any spelling that JSON and URLs have."""
    spellings: set[str] = set()
    for secret in secrets:
        spellings.update(_spellings(secret))
    for spelling in sorted(spellings, key=len, reverse=True):
        if len(spelling) < _SHORT:
            alone = rf"(?<!\w){re.escape(spelling)}(?!\w)"
            text = re.sub(alone, MASK, text)
        else:
            text = text.replace(spelling, MASK)
    return text


def _spellings(secret: str) -> Iterator[str]:
    if not secret.strip():
        return
    yield secret
    yield secret.strip()
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    escaped = secret.encode("utf-8", "replace")
    yield quote(escaped, safe="")
    yield quote_plus(escaped, safe="")
