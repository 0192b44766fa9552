"""How long it takes to import arware, in fresh interpreters that take turns."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from .rounds import HERE, OTHER, Checkouts, Figure, interleaved

ROUNDS = 15
#: What `import arware` may not load.
HEAVY = (
    *("requests", "jwt", "sqlalchemy", "webob", "dogpile", "cryptography"),
    *("pyramid", "bottle", "flask", "django", "starlette", "fastapi", "httpx"),
)
#: What verifies tokens and signs cookies cannot do without.
BASIS = "webob, jwt, cryptography.hazmat.primitives.asymmetric.rsa"

#: Imports modules in a checkout and returns the seconds, and which were heavy.
Run = Callable[[str, Path], list[str]]

_PROGRAM = """
import sys, time
began = time.process_time()
import {modules}
print(time.process_time() - began, *(name for name in {heavy} if name in sys.modules))
"""


def measure(checkouts: Checkouts) -> list[Figure]:
    """Return the figures of the package and of the WSGI adapter."""
    with TemporaryDirectory() as compiled:
        return _measure(checkouts, partial(_run, compiled))


def _measure(checkouts: Checkouts, run: Run) -> list[Figure]:
    def seconds(modules: str, path: Path) -> float:
        return float(run(modules, path)[0])

    candidates = {"basis": partial(seconds, BASIS, checkouts[HERE])}
    for name, path in checkouts.items():
        candidates[f"{name}/arware"] = partial(seconds, "arware", path)
        candidates[f"{name}/arware.wsgi"] = partial(seconds, "arware.wsgi", path)
    found = interleaved(candidates, ROUNDS)
    least = {name: min(seconds) for name, seconds in found.items()}

    def figure(module: str, unit: float, target: float, symbol: str) -> Figure:
        ours, other = least[f"{HERE}/{module}"], least.get(f"{OTHER}/{module}")
        against = ours / other if other else None
        return Figure(f"import {module}", ours / unit, target, symbol, against)

    heavy = run("arware", checkouts[HERE])[1:]
    return [
        figure("arware", 0.001, 20, "ms"),
        Figure(
            "heavy modules that it loads",
            len(heavy),
            0,
            "",
        ),
        figure("arware.wsgi", least["basis"], 1.3, "x"),
    ]


def _run(compiled: str, modules: str, path: Path) -> list[str]:
    """Import *modules* in a new interpreter; return what it says."""
    environ = {**os.environ, "PYTHONPATH": str(path), "PYTHONPYCACHEPREFIX": compiled}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # Started at the root, where no other checkout lies in the way.
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(modules=modules, heavy=HEAVY)],
        env=environ,
        cwd="/",
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split()
