"""
The real code as somebody has changed it, upgraded to what it is today.

The release before is made up: today's with comments that are taken out since, modules
that had other names, one that is gone and one that was not there yet.
"""

from __future__ import annotations

import ast
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from arware.eject.journal import Journal
from arware.eject.options import Options, chosen_features
from arware.eject.planning import plan_new
from arware.eject.rendering import RELEASE, known_features, render

from .applications import Application
from .kills import Tree, tree_of

ROOT = Path(__file__).parents[2]
OPTIONS = Options(
    "app.auth", "app/auth", chosen_features(known_features(RELEASE), "minimal")
)
#: What somebody adds at many places, and what a release has taken out.
_MINE, _BEFORE = b"\n\ndef own_%d():\n    return %d\n", b"# As it was before.\n"


@dataclass
class Sample:
    """What was ejected *before*, what became of it, and what an upgrade makes of it."""

    before: Tree
    mine: Tree
    wanted: Tree


def sample(seed: int) -> Sample:
    """Return edits at places that the release has left alone, as *seed* falls."""
    dice = random.Random(seed)
    today = render(RELEASE, OPTIONS)
    found = Sample(dict(today), dict(today), dict(today))
    modules = [path for path in today if len(_ends(path, today[path])) > 3]
    chosen = dice.sample(modules, 20)
    for number, path in enumerate(chosen):
        _edit(dice, found, path, number)
    for path in chosen[:2]:  # The release has renamed them since.
        old = path.replace(".py", "_before.py")
        for tree in (found.before, found.mine):
            tree[old] = tree.pop(path)
    for path in chosen[2:4]:
        _with_crlf(found, path)
    _rename(found, next(path for path in chosen[4:] if "/test_" in path))
    gone = next(path for path in modules if path not in chosen and "/test_" in path)
    del found.mine[gone], found.wanted[gone]
    added = next(path for path in modules if path not in chosen and path != gone)
    del found.before[added], found.mine[added]
    found.before["app/auth/legacy.py"] = found.mine["app/auth/legacy.py"] = _BEFORE * 9
    return found


def _edit(dice: random.Random, found: Sample, path: str, number: int) -> None:
    """Have the release and somebody change *path*, two definitions apart."""
    today, mine = found.before[path], _MINE % (number, number)
    ends = _ends(path, today)
    at = dice.randrange(len(ends) - 2)
    first, second = ends[at], ends[at + 2]
    found.before[path] = _inserted(today, first, _BEFORE)
    found.mine[path] = _inserted(found.before[path], second + 1, mine)
    found.wanted[path] = _inserted(today, second, mine)


def _with_crlf(found: Sample, path: str) -> None:
    for tree in (found.mine, found.wanted):
        tree[path] = tree[path].replace(b"\n", b"\r\n")


def _rename(found: Sample, path: str) -> None:
    for tree in (found.mine, found.wanted):
        tree[path.replace("/test_", "/test_own_")] = tree.pop(path)


def _ends(path: str, content: bytes) -> list[int]:
    """Return the last line of each function and class at the top of a module."""
    if not path.endswith(".py") or "/migrations/" in path:
        return []
    kinds = (ast.FunctionDef, ast.ClassDef)
    body = ast.parse(content).body
    return [node.end_lineno or 0 for node in body if isinstance(node, kinds)]


def _inserted(content: bytes, line: int, text: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    return b"".join([*lines[:line], text, *lines[line:]])


def ejected(app: Application, files: Tree) -> None:
    """Put *files* into *app* as what a release before today's has ejected."""
    app.write({"app/__init__.py": b""})
    plan = plan_new(app.folder, OPTIONS, files, "0.0.1")
    with Journal(app.folder) as journal:
        journal.write(plan.changes, plan.contents)
    app.commit({})


def upgraded(app: Application, chosen: Sample) -> tuple[int, Tree]:
    """Eject, change and upgrade in *app*; return the exit code and what is there."""
    ejected(app, chosen.before)
    for path in chosen.before.keys() - chosen.mine:
        (app.folder / path).unlink()
    app.commit(chosen.mine)
    done = python(app.folder, "-m", "arware", "eject", "upgrade")
    there = tree_of(app.folder / "app/auth")
    return done.returncode, {f"app/auth/{path}": data for path, data in there.items()}


def check_samples(folder: Path, count: int) -> None:
    """Upgrade *count* samples and run the tests that were ejected with them."""
    for seed in range(count):
        chosen = sample(seed)
        app = Application(folder / str(seed))
        code, tree = upgraded(app, chosen)
        assert (code, tree) == (0, chosen.wanted), f"sample {seed}"
        done = python(
            app.folder, "-m", "pytest", "--import-mode=importlib", "-q", "-x",
            "-p", "no:cacheprovider", "app/auth/tests",
        )  # fmt: skip
        assert done.returncode == 0, f"sample {seed}: {done.stdout[-2000:]}"
        sys.stdout.write(f"sample {seed}: {done.stdout.splitlines()[-1]}\n")
        sys.stdout.flush()


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in *folder*, with today's arware."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
