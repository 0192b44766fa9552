"""How the command speaks to people."""

from __future__ import annotations

import io
import sys


class CommandError(Exception):
    """A sentence for the person at the terminal; the command ends with 1."""


def write_anything() -> None:
    """Have what an encoding lacks written as an escape: nothing is worth a failure."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write a line that was asked for."""
    sys.stdout.write(f"{text}\n")


def complain(text: str) -> None:
    """Write a line about what went wrong."""
    sys.stderr.write(f"{text}\n")


def count(number: int, noun: str) -> str:
    """Return *number* with its *noun*, in the plural unless it is one."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
