"""
The few lines that join the ejected code to a file of the application.

Each ends with :data:`TAG`, so that they are found again: to be left alone by a second
run, and to be taken out if nobody has changed them. Where a place for them is not
certain they are a text to paste.
"""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .line_endings import LF, usual_ending
from .paths import content_of

TAG = "# arware eject"

Outcome = Literal["inject", "already", "MANUAL"]


@dataclass(frozen=True, slots=True)
class Block:
    """
    Lines for the file at *path*.

    They go before the line of the index *at*, behind *indent*; ``None`` stands for a
    place that only a person can find, by *where*. *sign* is a pattern of what a file
    says in which they, or lines to the same effect, stand already.
    """

    path: str
    lines: tuple[str, ...]
    where: str
    sign: str
    at: int | None = None
    indent: str = ""

    @property
    def text(self) -> str:
        """What a person pastes, and where."""
        return f"{self.where}:\n\n" + "".join(f"    {line}\n" for line in self.lines)

    def is_in(self, data: bytes) -> bool:
        """Tell whether *data* has it, from us or from whoever pasted it."""
        return re.search(self.sign, data.decode("utf-8", "replace")) is not None


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of a block; *data* is what its file will hold, if it changes."""

    outcome: Outcome
    block: Block
    data: bytes | None = None


def edit(project: Path, block: Block) -> Edit:
    """Return what is to be done for *block* to stand in its file."""
    before = content_of(project, block.path) if block.path else None
    if before is None:
        return Edit("MANUAL", block)
    if block.is_in(before):
        return Edit("already", block)
    after = None if block.at is None else _with(before, block, block.at)
    if after is None or not is_sound(block.path, after):
        return Edit("MANUAL", block)
    return Edit("inject", block, after)


def _with(before: bytes, block: Block, at: int) -> bytes:
    ending = usual_ending([before])
    lines = before.split(LF)
    if lines[-1] == b"":
        lines.pop()
    ours = [
        f"{block.indent}{line}".encode() + ending.removesuffix(LF)
        for line in block.lines
    ]
    if at >= len(lines) and lines and not lines[-1].endswith(ending.removesuffix(LF)):
        lines[-1] += ending.removesuffix(LF)  # the file's end was no line's end
    return LF.join([*lines[:at], *ours, *lines[at:], b""])


def without(data: bytes) -> bytes:
    """
    Return *data* without the lines that bear the tag.

    Where a comment has a line of its own it begins with the tag, and two lines follow.
    """
    tag, kept, rest = TAG.encode(), list[bytes](), 0
    for line in data.split(LF):
        if line.startswith(tag + b": "):
            rest = 3
        if not rest and not line.rstrip().endswith(tag):
            kept.append(line)
        rest = max(0, rest - 1)
    return LF.join(kept)


def is_tagged(data: bytes) -> bool:
    """Tell whether a line of *data* bears the tag."""
    return without(data) != data


def is_sound(path: str, data: bytes) -> bool:
    """Tell whether *data* is what the name of *path* promises."""
    try:
        if path.endswith(".py"):
            ast.parse(data)
        elif path.endswith(".toml"):
            tomllib.loads(data.decode())
    except (SyntaxError, ValueError):
        return False
    return True
