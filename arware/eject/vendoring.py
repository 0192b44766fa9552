"""What the ejected code imports of arware, to be copied beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

#: The folder, in the ejected package, that stands for ``arware``.
VENDORED = "vendored"

_WHY = b'"""What this package uses of arware, copied so that it needs no other."""\n'


def needed_of(arware: Path, sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """
    Return the modules of the package in *arware* that *sources* import, and the kit.

    With them what they import in turn, and the kit's data. The paths of *sources* are
    relative to ``arware/local``, those that are returned to ``arware``.
    """
    kit = [path for path in (arware / "kit").rglob("*") if path.is_file()]
    kit = [path for path in kit if "__pycache__" not in path.parts]
    found = {path for path in kit if path.suffix != ".py"}
    waiting = [path for path in kit if path.suffix == ".py"]
    for path, data in sources.items():
        if path.endswith(".py"):
            waiting += _files_of(arware, data, ("local", *PurePosixPath(path).parts))
    while waiting:
        file = waiting.pop()
        if file not in found:
            found.add(file)
            place = file.relative_to(arware).parts
            waiting += _files_of(arware, file.read_bytes(), place)
    copied = {file.relative_to(arware).as_posix(): file.read_bytes() for file in found}
    return {**copied, "__init__.py": _WHY}


def _files_of(arware: Path, data: bytes, place: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files of the modules that a module at *place* imports, and packages."""
    for name in _imported(ast.parse(data), ("arware", *place[:-1])):
        parts = name.split(".")
        if parts[0] != "arware" or parts[1:2] in (["local"], []):
            continue
        folder = arware
        for part in parts[1:]:
            folder = folder / part
            for file in (folder.with_suffix(".py"), folder / "__init__.py"):
                if file.is_file():
                    yield file


def _imported(tree: ast.AST, package: tuple[str, ...]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            stem = (*above, *([node.module] if node.module else []))
            yield from (".".join((*stem, alias.name)) for alias in node.names)
