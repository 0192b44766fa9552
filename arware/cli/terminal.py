"""How the command speaks to people."""

from __future__ import annotations

import io
import sys

from arware.kit.terminal import CommandError, say
from arware.kit.terminal import remark as complain

__all__ = ["CommandError", "complain", "count", "say", "write_anything"]


def write_anything() -> None:
    """Have what an encoding lacks written as an escape: nothing is worth a failure."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def count(number: int, noun: str) -> str:
    """Return *number* with its *noun*, in the plural unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
