"""The process's environment: nothing else in the package looks at it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def process_environ() -> Mapping[str, str]:
    """Return the environment variables as they are now."""
    return os.environ
