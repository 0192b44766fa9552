"""Find the code in the documents, so that it can be run."""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).parent.parent.parent

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_DIRECTIVE = re.compile(
    r"^(?P<margin> *)\.\. code-block:: (?P<language>\w+)\n"
    r"(?P<options>(?:(?P=margin) +:.*\n)*)\n"
    r"(?P<body>(?:(?P=margin) +.*\n|\s*\n)+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """Code in a document: its *language*, and the *name* above it."""

    language: str
    name: str
    code: str
    line: int


def markdown_blocks(path: Path) -> Iterator[Block]:
    """Yield the fenced blocks of *path*, each named after the heading above it."""
    text = path.read_text("utf-8")
    for match in _FENCE.finditer(text):
        prose = _FENCE.sub("", text[: match.start()])
        headings = _HEADING.findall(prose)
        line = text.count("\n", 0, match.start()) + 2
        yield Block(match[1], headings[-1] if headings else "", match[2], line)


def rst_blocks(path: Path) -> Iterator[Block]:
    """Yield the code-block directives of *path*, each named by its caption."""
    text = path.read_text("utf-8")
    for match in _DIRECTIVE.finditer(text):
        caption = re.search(r":caption: (.+)", match["options"])
        line = text.count("\n", 0, match.start("body")) + 1
        code = textwrap.dedent(match["body"]).rstrip() + "\n"
        yield Block(match["language"], caption[1] if caption else "", code, line)


def run(block: Block, path: Path) -> dict[str, Any]:
    """Import *block* as the module that a reader would make of it; return its names."""
    module = ModuleType("example")
    module.__file__ = str(path)
    # The empty lines make a traceback tell the line of the document.
    source = "\n" * (block.line - 1) + block.code
    # Frameworks look up the module that calls them.
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, str(path), "exec", dont_inherit=True), vars(module))
    finally:
        del sys.modules[module.__name__]
    return vars(module)
