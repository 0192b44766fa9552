"""What git could bring back: undo is its, not ours."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .repositories import CannotMerge, Repository, application


def uncommitted(folder: Path, paths: Iterable[str]) -> list[str]:
    """
    Return which of *paths* git could not bring back as they stand, sorted.

    Paths are relative to *folder*. Such are files that git does not track, or ignores,
    whose changes are staged or in the work tree only, or that are gone and not
    committed as deleted, and conflicts. A path without a file, of which the last
    commit has none either, is not one.

    Raises `CannotMerge` where *folder* is in no work tree.
    """
    repository = application(folder)
    has_commit = repository.run("rev-parse", "--verify", "--quiet", "HEAD", good=(0, 1))
    if not has_commit:
        raise CannotMerge(f"{folder} is in a repository without a commit")
    known = _listed(repository, "ls-tree", "-r", "--name-only", "HEAD")
    # Twice: what is staged may be undone in the work tree, and would be lost as well.
    changed = _changed(repository) | _changed(repository, "--cached")
    return sorted(
        path
        for path in set(paths)
        if path in changed or (path not in known and (folder / path).exists())
    )


def tracked(folder: Path) -> set[str]:
    """
    Return the files, relative to *folder* and below it, that git tracks there.

    Links and repositories in the repository are none. Raises `CannotMerge` where
    *folder* is in no work tree.
    """
    listed = _listed(application(folder), "ls-files", "--stage")
    entries = [entry.partition("\t") for entry in listed]
    return {path for told, _, path in entries if told.startswith("100")}


def unmerged(folder: Path) -> set[str]:
    """Return the files below *folder* in which a conflict is not decided yet."""
    listed = _listed(application(folder), "ls-files", "--unmerged")
    return {entry.partition("\t")[2] for entry in listed}


def _changed(repository: Repository, *options: str) -> set[str]:
    """Return the paths at which something differs from the last commit."""
    return _listed(
        repository, "diff", "--name-only", "--relative", "--no-renames",
        "--no-ext-diff", *options, "HEAD",
    )  # fmt: skip


def _listed(repository: Repository, *arguments: str) -> set[str]:
    """Return the paths that a command of git lists."""
    command, *options = arguments
    told = repository.run(command, "-z", *options)
    return {path.decode(errors="surrogateescape") for path in told.split(b"\0") if path}
