"""How much code somebody takes over who ejects the realm, in lines of code."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from pathlib import Path

from arware.eject.options import AUTHKIT, MINIMAL
from tests.code_size import code_lines

from .rounds import Checkouts, Figure
from .worker import ROOT

LOCAL = ROOT / "arware" / "local"
FEATURES = LOCAL / "features"

#: What lies in the realm's folder and is not of the code that a team comes to own.
_NOT_COUNTED = {"migrations", "tests", "features"}


def measure(_: Checkouts) -> list[Figure]:
    """Return the sizes of the presets, and of a feature."""
    sizes = {name: _lines([folder]) for name, folder in _features().items()}
    core = _lines(
        path for path in LOCAL.iterdir() if path.name not in _NOT_COUNTED
    ) + _lines([FEATURES / "__init__.py"])
    minimal = core + sum(sizes.get(name, 0) for name in MINIMAL)
    authkit = core + sum(sizes.get(name, 0) for name in AUTHKIT)
    return [
        *(Figure(f"feature {name}", size, 250, "") for name, size in sizes.items()),
        Figure("a feature, median", statistics.median(sizes.values() or [0]), 100, ""),
        Figure("core", core, 1600, ""),
        Figure("minimal", minimal, 1600, ""),
        Figure("authkit", authkit, 3200, ""),
        Figure("full", core + sum(sizes.values()), 4500, ""),
    ]


def _features() -> dict[str, Path]:
    if not FEATURES.exists():
        return {}
    folders = sorted(path for path in FEATURES.iterdir() if path.name[0] not in "_.")
    return {path.stem: path for path in folders}


def _lines(paths: Iterable[Path]) -> int:
    """Return how many lines of code are in *paths* and below them."""
    return sum(
        len(code_lines(module))
        for path in paths
        for module in ([path] if path.is_file() else path.rglob("*.py"))
        if module.suffix == ".py"
    )
