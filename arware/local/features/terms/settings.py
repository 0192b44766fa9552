"""Settings ``terms.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from arware.kit.readers import read_safe_url
from arware.kit.urls import Address
from arware.settings.values import InvalidValue, read_needed

#: As many characters as a version may have.
LONGEST = 50


def _read_version(value: Any) -> str:
    text = read_needed(value)
    if len(text) > LONGEST or not text.isprintable():
        raise InvalidValue(
            f"it is longer than {LONGEST} characters or holds control characters",
            "Use a date, like 2026-11-30, or a number",
        )
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """``realm.terms.*``. What contradicts itself raises ``InvalidValue``."""

    #: What the present text is called. Whoever has accepted no such one is asked.
    version: Annotated[str | None, _read_version] = None
    #: Where the terms of service are.
    url: Annotated[Address | None, read_safe_url] = None
    #: Where the privacy policy is, if there is one.
    privacy_url: Annotated[Address | None, read_safe_url] = None

    def __post_init__(self) -> None:
        """Raise ``InvalidValue`` for a version without a text, or the reverse."""
        if (self.version is None) != (self.url is None):
            raise InvalidValue(
                "there are a version and a url of the terms, or neither",
                "Set both terms.version and terms.url, or take both out",
            )
