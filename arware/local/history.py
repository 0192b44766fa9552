"""The audit log: finding events in it, and their titles for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from .caller import OPERATOR
from .events import Event, kinds
from .models import EventRow


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events to find; ``None`` matches all, *type* also what begins with it."""

    user_id: str | None = None
    type: str | None = None
    ip: str | None = None
    since: int | None = None
    before: int | None = None


def newest(db: Session, wanted: Wanted, most: int) -> Sequence[EventRow]:
    """Return the last *most* of the events that are wanted, newest first."""
    found = select(EventRow).where(*_conditions(wanted))
    return db.scalars(found.order_by(EventRow.number.desc()).limit(most)).all()


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.user_id is not None:
        yield EventRow.user_id == wanted.user_id
    if wanted.type is not None:
        below = EventRow.type.startswith(f"{wanted.type}.", autoescape=True)
        yield (EventRow.type == wanted.type) | below
    if wanted.ip is not None:
        yield EventRow.ip == wanted.ip
    if wanted.since is not None:
        yield EventRow.at >= wanted.since
    if wanted.before is not None:
        yield EventRow.number < wanted.before


def text_of(name: str) -> str:
    """Return the title of events of the type *name*, still to be translated."""
    kind = _kinds().get(name)
    return name if kind is None else kind.title or kind.notice or name


def details_of(row: EventRow) -> list[tuple[str, str, Any]]:
    """
    Return what operators read of an event besides: fields, their labels, and values.

    The labels are still to be translated. What is nothing (``None``, 0, empty) is left
    out, and so is what has no label: ids that name nothing on a page.
    """
    kind, data = _kinds().get(row.type, Event), row.data or {}
    return [(name, label, data[name]) for name, label in kind.labels if data.get(name)]


def is_by_strangers(row: EventRow) -> bool:
    """Tell whether anybody can have caused an event, not only whose account it is."""
    return _kinds().get(row.type, Event).by_strangers


def is_by_operator(row: EventRow) -> bool:
    """Tell whether an operator or a program caused an event."""
    return row.client == OPERATOR


@lru_cache(1)
def _kinds() -> dict[str, type[Event]]:
    # Of features that are left out there is no event, but perhaps an old row.
    return {kind.type: kind for kind in kinds() if "type" in vars(kind)}
