"""The files of an application, read to find where code joins, and what collides."""

from __future__ import annotations

import ast
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

#: Folders in which nobody's application begins; nor does one in a hidden folder.
_ELSEWHERE = re.compile(
    r"\.|__pycache__$|node_modules$|site-packages$|build$|dist$|tests?$|docs?$"
)
#: No file that a person has written is larger.
_LONGEST = 1 << 20


@dataclass(frozen=True)
class Source:
    """A file of Python: its *path* in the project, and what stands there."""

    path: str
    data: bytes

    @cached_property
    def tree(self) -> ast.Module | None:
        """Its syntax tree, ``None`` if it is no Python, or cannot be read."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # those are no news to whoever owns it
                return ast.parse(self.data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None

    @property
    def text(self) -> str:
        """What it says; where it is no UTF-8, as far as that can be read."""
        return self.data.decode("utf-8", "replace")

    def calls(self) -> Iterator[ast.Call]:
        """Yield each call in it."""
        for node in ast.walk(self.tree or ast.Module([], [])):
            if isinstance(node, ast.Call):
                yield node


def sources(project: Path, without: str) -> list[Source]:
    """
    Return the Python of *project*, in the order of its paths.

    Left out are the folder *without*, tests, and what is installed or built.
    """
    found = []
    for folder, folders, files in os.walk(project):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if not _ELSEWHERE.match(name)
            and not (here / name / "pyvenv.cfg").exists()
            and (here / name).relative_to(project).as_posix() != without
        )
        for name in sorted(files):
            path = here / name
            if name.endswith(".py") and _is_read(path):
                place = path.relative_to(project).as_posix()
                found.append(Source(place, path.read_bytes()))
    return found


def _is_read(path: Path) -> bool:
    return not path.is_symlink() and path.is_file() and path.stat().st_size < _LONGEST


def called(call: ast.Call) -> str:
    """Return the last name of what is called: ``Flask`` for ``flask.Flask(...)``."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
