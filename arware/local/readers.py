"""How settings are read that only the realm has, from text or from a value."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from arware.kit.readers import read_safe_url
from arware.kit.secrets import is_id
from arware.kit.urls import Address
from arware.settings.values import InvalidValue, read_needed, read_text


def read_name(value: Any) -> str:
    """Return a name that people read, ``""`` for ``None``."""
    if value is None:
        return ""
    text = read_needed(value)
    if len(text) > 100 or not text.isprintable():
        raise InvalidValue(
            "it is longer than 100 characters or holds control characters",
            "Use a short plain name, like Example",
        )
    return text


def read_login_urls(value: Any) -> tuple[Address, ...]:
    """Return at least one URL, or none for ``None``; text is split at white space."""
    if value is None:
        return ()
    urls = value.split() if isinstance(value, str) else value
    if not isinstance(urls, Iterable) or not (urls := list(urls)):
        raise InvalidValue(
            "there is none",
            "Give the applications' URLs; a login returns to the first by default",
        )
    addresses = tuple(read_safe_url(url) for url in urls)
    if any(item.query is not None for item in addresses):
        raise InvalidValue("one has a query", "Give the URLs up to the ?")
    return addresses


def read_realm_id(value: Any) -> str | None:
    """Return a realm's id."""
    text = read_text(value)
    if text is not None and not is_id(text, "rl"):
        raise InvalidValue(
            "it is not rl_ and 22 letters or digits",
            "Leave it out to have one made and kept in the database",
        )
    return text
