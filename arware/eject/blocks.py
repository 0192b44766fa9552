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
from typing import Any, Literal

from .line_endings import LF, usual_ending
from .paths import seen

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
        return says(self.sign, data.decode("utf-8", "replace"))


def says(sign: str, text: str) -> bool:
    """Tell whether *sign* is in *text*, other than in lines that are comments."""
    return re.search(sign, re.sub(r"(?m)^[ \t]*#.*$", "", text)) is not None


@dataclass(frozen=True, slots=True)
class Edit:
    """What becomes of a block; *data* is what its file will hold, if it changes."""

    outcome: Outcome
    block: Block
    data: bytes | None = None


def edit(project: Path, block: Block) -> Edit:
    """Return what is to be done for *block* to stand in its file."""
    before = seen(project, block.path) if block.path else None
    if before is None:
        return Edit("MANUAL", block)
    if block.is_in(before):
        return Edit("already", block)
    is_link = (project / block.path).is_symlink()
    after = None if block.at is None or is_link else _with(before, block, block.at)
    if after is None or not is_sound(block.path, after):
        return Edit("MANUAL", block)
    return Edit("inject", block, after)


def _with(before: bytes, block: Block, at: int) -> bytes:
    rest = usual_ending([before]).removesuffix(LF)
    lines = before.split(LF)
    if at >= len(lines):  # the file's end was no line's end
        lines[-1] += rest
        lines.append(b"")
    lines[at:at] = [f"{block.indent}{line}".encode() + rest for line in block.lines]
    return LF.join(lines)


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


def is_part(path: str, after: bytes, before: bytes) -> bool:
    """
    Tell whether *after*, which has fewer lines, is sound and says nothing new.

    In TOML what stood below a head that is gone would be in the table above.
    """
    if not is_sound(path, after):
        return False
    if not path.endswith(".toml"):
        return True
    return _is_within(tomllib.loads(after.decode()), tomllib.loads(before.decode()))


def _is_within(one: Any, other: Any) -> bool:
    if not isinstance(one, dict) or not isinstance(other, dict):
        return bool(one == other)
    return all(key in other and _is_within(one[key], other[key]) for key in one)


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
