"""
Two seats that the package fills, so that signed modules need not reach out.

The settings are given the process's environment here, and the resources a provider
that imports the client only when the first class method is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Seats:
    """What ``arware/__init__`` fills in, once."""

    environ: Callable[[], Mapping[str, str]]
    provider: Callable[[], Any]
