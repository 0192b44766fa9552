"""What happened, in words: those of the events themselves."""

from __future__ import annotations

from functools import lru_cache

from ...events import kinds


def text_of(name: str) -> str:
    """Return what an event of the type *name* is called, still to be translated."""
    return _texts().get(name) or name


@lru_cache(1)
def _texts() -> dict[str, str]:
    # Of features that are left out there is no event, but perhaps an old row.
    return {
        kind.type: kind.title or kind.notice or kind.type
        for kind in kinds()
        if "type" in vars(kind)
    }
