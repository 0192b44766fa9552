"""Single flight: one caller of this process creates, those who come meanwhile wait."""

from __future__ import annotations

import copy
import json
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

#: The creations under way, by what is created; each brings a value in JSON.
Flights: TypeAlias = dict[str, Future[str]]


def once(
    flights: Flights, key: str, lead: Callable[[], Any], seconds: float
) -> tuple[bool, Any]:
    """
    Return what *lead* returns, or what it brings to another who called it for *key*.

    What it raises is raised, for each caller an error of its own. ``(False, None)`` is
    for who has waited *seconds* in vain, or for a thread that was ended.
    """
    own: Future[str] = Future()
    flight = flights.setdefault(key, own)
    if flight is not own:
        return landed(flight, seconds)
    try:
        value = lead()
        own.set_result(json.dumps(value))
    except BaseException as error:
        own.set_exception(error)
        raise
    finally:
        flights.pop(key, None)
    return True, value


def landed(flight: Future[str], seconds: float = 0) -> tuple[bool, Any]:
    """Return what *flight* brings within *seconds*, as :func:`once` would."""
    if not wait([flight], seconds).done:
        return False, None
    error = flight.exception()
    if error is None:
        return True, json.loads(flight.result())
    if not isinstance(error, Exception):
        return False, None
    with suppress(Exception):  # it may take what a copy does not know
        error = copy.copy(error)
    raise error
