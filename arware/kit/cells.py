"""
What a row says under a name, whatever file or table it is of.

What makes no sense there raises :class:`.NotDone`, which begins with the name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from .operator import NotDone


def text(given: Mapping[str, Any], name: str) -> str | None:
    """Return a text, ``None`` for an empty one; a number counts as one."""
    value = given.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, str):
        return value or None
    raise NotDone(f"{name}: this is not a text", "invalid")


def json_object(given: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """Return an object, or what a text says of one in JSON; ``None`` for none."""
    value = given.get(name)
    try:
        value = json.loads(value) if value and isinstance(value, str) else value
    except (ValueError, RecursionError):
        value = ()
    if value is None or value == "":
        return None
    if isinstance(value, dict):
        return value
    raise NotDone(f"{name}: this is not a JSON object", "invalid")


_FLAGS = {"": False, "0": False, "1": True}
_FLAGS |= dict.fromkeys(("false", "f", "no"), False)
_FLAGS |= dict.fromkeys(("true", "t", "yes"), True)


def flag(given: Mapping[str, Any], name: str) -> bool:
    """Return whether it is so; what is not said is not."""
    value = given.get(name)
    found = _FLAGS.get(str("" if value is None else value).lower())
    if found is None:
        raise NotDone(f"{name}: write true or false", "invalid")
    return found


def moment(given: Mapping[str, Any], name: str) -> int | None:
    """Return a time in seconds, by ISO 8601 (UTC if it does not say) or as such."""
    said = text(given, name)
    if said is None:
        return None
    try:
        when = datetime.fromisoformat(said) if not said.isdecimal() else None
        if when is not None and when.tzinfo is None:
            when = when.replace(tzinfo=UTC)
        seconds = int(said) if when is None else int(when.timestamp())
        datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        raise NotDone(
            f"{name}: write a time like 2026-11-30T12:00:00Z, or seconds", "invalid"
        ) from None
    return seconds
