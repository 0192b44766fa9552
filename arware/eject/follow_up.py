"""What a person does once files were merged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .manifest import FOLDER, Manifest, pristine_copy
from .options import Options
from .planning import Action, Plan

_CREATES = ("create", "merged", "replace", "conflict")
#: By this name a feature tells how many people it protects: see `dropped.py`.
_PROTECTS = re.compile(rb"\bprotected\b")


def after_merging(plan: Plan, options: Options) -> list[str]:
    """Return the steps after *plan*, in their order."""
    return list(_after_merging(plan, options))


def _after_merging(plan: Plan, options: Options) -> Iterator[str]:
    if conflicts := _listed(plan, "conflict"):
        yield (
            "Decide what is in conflict, with `git mergetool` or your editor, and "
            f"`git add` it:{conflicts}"
        )
    if unfixed := _listed(plan, "unfixed"):
        yield (
            "You deleted these. If their code lives on elsewhere, mend it there: "
            f"`git diff .arware` shows how.{unfixed}"
        )
    if any(_makes_tables(step.path, step.action) for step in plan.steps):
        yield (
            "Bring the tables up to date: "
            f"python -m {options.package} migrate --database URL"
        )
    if options.package:
        yield (
            "Run the tests: "
            f"python -m pytest --import-mode=importlib {options.folder}/tests"
        )
    known = options.folder, options.pages_folder, FOLDER
    touched = [one.path for one in plan.changes] + [one.path for one in plan.left]
    places = dict.fromkeys(_place(path, known) for path in touched)
    yield f"Look at `git diff`, and commit together: {', '.join(places)}"


def _place(path: str, known: Iterable[str]) -> str:
    """Return what to commit for *path*: one of *known*, or the folder it lies in."""
    for folder in known:
        if folder and path.startswith(f"{folder}/"):
            return folder
    return path.rpartition("/")[0] or path


def _listed(plan: Plan, action: Action) -> str:
    """Return the paths with *action*, each in a line of its own."""
    return "".join(
        f"\n   {step.path}" + (f" ({step.note})" if step.note else "")
        for step in plan.steps
        if step.action == action
    )


def _makes_tables(path: str, action: str) -> bool:
    return "/migrations/versions/" in path and action in _CREATES


def of_dropped(names: Sequence[str], manifest: Manifest, project: Path) -> list[str]:
    """Return what to know once the features *names* are taken out of *project*."""
    folder = f"{manifest.options.folder}/features"
    packages = {name: f"{folder}/{name}/__init__.py" for name in names}
    protecting = [
        name
        for name, path in packages.items()
        if path in manifest.files
        and _PROTECTS.search(pristine_copy(project, path, manifest.files[path]))
    ]
    steps = [
        f"{name} protects the people who use it: while there are any, the realm does "
        "not start without it. To do without all the same, set "
        f"dropped_features to {name}"
        for name in protecting
    ]
    if names:
        steps.append("The tables and their rows stay, and so do the migrations")
    return steps
