"""Permissions: texts that a membership or an invitation holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def holds_any(permissions: Iterable[object], wanted: Iterable[object]) -> bool:
    """
    Tell whether any of *wanted* is among *permissions*.

    A text must equal a permission, a compiled pattern is searched for in each;
    anything else is never held.
    """
    held = [item for item in permissions if isinstance(item, str)]
    return any(
        any(want.search(item) for item in held)
        if isinstance(want, re.Pattern)
        else want in held
        for want in wanted
    )
