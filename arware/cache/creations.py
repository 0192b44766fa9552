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
Creations: TypeAlias = dict[str, Future[str]]


def once(
    creations: Creations, key: str, create: Callable[[], Any], seconds: float
) -> tuple[bool, Any]:
    """
    Return what *create* returns, or what it brings to another who called it for *key*.

    What it raises is raised, for each caller an error of its own. ``(False, None)`` is
    for who has waited *seconds* in vain, or for a thread that was ended.
    """
    own: Future[str] = Future()
    creation = creations.setdefault(key, own)
    if creation is not own:
        return outcome(creation, seconds)
    try:
        value = create()
        own.set_result(json.dumps(value))
    except BaseException as error:
        own.set_exception(error)
        raise
    finally:
        creations.pop(key, None)
    return True, value


def outcome(creation: Future[str], seconds: float = 0) -> tuple[bool, Any]:
    """Return what *creation* brings within *seconds*, as :func:`once` would."""
    if not wait([creation], seconds).done:
        return False, None
    error = creation.exception()
    if error is None:
        return True, json.loads(creation.result())
    if not isinstance(error, Exception):
        return False, None
    with suppress(Exception):  # it may take what a copy does not know
        error = copy.copy(error)
    raise error
