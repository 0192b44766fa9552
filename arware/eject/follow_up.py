"""What a person does once files were merged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

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
    places = filter(None, (options.folder, options.pages_folder, ".arware"))
    yield f"Look at `git diff`, and commit together: {', '.join(places)}"


def _listed(plan: Plan, action: Action) -> str:
    """Return the paths with *action*, each in a line of its own."""
    return "".join(
        f"\n   {step.path}" + (f" ({step.note})" if step.note else "")
        for step in plan.steps
        if step.action == action
    )


def _makes_tables(path: str, action: str) -> bool:
    return "/migrations/versions/" in path and action in _CREATES


def of_dropped(
    names: Sequence[str], options: Options, files: Mapping[str, bytes]
) -> Iterator[str]:
    """
    Yield what to know before the features *names* are taken out.

    *files* are those that were ejected with *options*.
    """
    for name in names:
        package = f"{options.folder}/features/{name}/__init__.py"
        if _PROTECTS.search(files.get(package, b"")):
            yield (
                f"{name} protects the people who use it: while there are any, the "
                "realm does not start without it. To do without all the same, set "
                f"dropped_features to {name}"
            )
    if names:
        yield "The tables and their rows stay, and so do the migrations"
