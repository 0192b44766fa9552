"""Calls of an object that change it and tell whether that went well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.api.calls import asked

from .reading import Absorb

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arware.api.calls import Method

    from .base import Resource


def post(
    obj: Resource,
    action: str,
    params: Mapping[str, Any],
    *,
    method: Method = "POST",
    rooted: bool = True,
    **added: Any,
) -> bool:
    """
    Send *params*, wrapped in the root if *rooted*, to an *action* of *obj*.

    *added* are the parameters that the method names itself; ``None`` is left out.
    """
    path = obj._place(action)
    given = {name: value for name, value in added.items() if value is not None}
    request = asked({**given, **params}, obj._context)
    root = obj._kind if rooted else None
    return obj._send(request.call(method, path, Absorb(obj), root=root))
