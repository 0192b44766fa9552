"""What happened, in words: those of the events themselves."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ...events import Event


def text_of(name: str) -> str:
    """Return what an event of the type *name* is called, still to be translated."""
    return _texts().get(name) or name


@lru_cache(1)
def _texts() -> dict[str, str]:
    # Of features that are left out there is no event, but perhaps an old row.
    return {
        kind.type: kind.title or kind.notice or kind.type
        for kind in _kinds(Event)
        if "type" in vars(kind)
    }


def _kinds(kind: type[Event]) -> Iterator[type[Event]]:
    for below in kind.__subclasses__():
        yield below
        yield from _kinds(below)
