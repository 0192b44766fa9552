"""How long it takes to import arware, in fresh interpreters that take turns."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from .rounds import HERE, OTHER, Checkouts, Figure, interleaved

ROUNDS = 15
#: What `import arware` may not load.
HEAVY = (
    *("requests", "jwt", "sqlalchemy", "webob", "dogpile", "cryptography"),
    *("pyramid", "bottle", "flask", "django", "starlette", "fastapi", "httpx"),
)
#: What verifies tokens and signs cookies cannot do without.
BASIS = "webob, jwt, cryptography.hazmat.primitives.asymmetric.rsa"

_PROGRAM = """
import sys, time
began = time.process_time()
import {modules}
print(time.process_time() - began, *(name for name in {heavy} if name in sys.modules))
"""


def measure(checkouts: Checkouts) -> list[Figure]:
    """Return the figures of the package and of the WSGI adapter."""
    candidates = {"basis": partial(_seconds, BASIS, checkouts[HERE])}
    for name, path in checkouts.items():
        candidates[f"{name}/arware"] = partial(_seconds, "arware", path)
        candidates[f"{name}/arware.wsgi"] = partial(_seconds, "arware.wsgi", path)
    found = interleaved(candidates, ROUNDS)
    least = {name: min(seconds) for name, seconds in found.items()}

    def figure(module: str, unit: float, target: float, symbol: str) -> Figure:
        ours, other = least[f"{HERE}/{module}"], least.get(f"{OTHER}/{module}")
        against = ours / other if other else None
        return Figure(f"import {module}", ours / unit, target, symbol, against)

    return [
        figure("arware", 0.001, 20, "ms"),
        Figure("heavy modules that it loads", len(_heavy(checkouts[HERE])), 0, ""),
        figure("arware.wsgi", least["basis"], 1.3, "x"),
    ]


def _run(modules: str, path: Path) -> list[str]:
    """Import *modules* in a new interpreter; return what it says."""
    # Started at the root, where no other checkout lies in the way.
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(modules=modules, heavy=HEAVY)],
        env={**os.environ, "PYTHONPATH": str(path)},
        cwd="/",
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()


def _seconds(modules: str, path: Path) -> float:
    return float(_run(modules, path)[0])


def _heavy(path: Path) -> list[str]:
    return _run("arware", path)[1:]
