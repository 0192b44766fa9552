"""
A seat that the package fills, so that sealed modules need not reach out: a provider
that imports the client only when the first class method is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Seats:
    """What ``arware/__init__`` fills in, once."""

    provider: Callable[[], Any]
