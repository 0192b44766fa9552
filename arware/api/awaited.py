"""
The types of what an :class:`~arware.AsyncClient` returns: ``AsyncOrg`` and so on.

They are for annotations. A type checker sees that their methods are to be awaited; when
the program runs they are the resources themselves, ``arware.Org`` and so on.
"""

from __future__ import annotations

from typing import Any

from arware.resources.registry import CLASSES, resource_class

_KINDS = {f"Async{name}": kind for kind, name in CLASSES.items()}


def __getattr__(name: str) -> Any:
    if name not in _KINDS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return resource_class(_KINDS[name])
