"""Conflicts, as an application's git and its tools know them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .repositories import Repository, application

Stages = Mapping[int, bytes]


def index_entries(folder: Path, conflicts: Mapping[str, Stages]) -> str:
    """
    Return what :func:`mark_conflicts` takes, for the repository that *folder* lies in.

    Paths are relative to *folder*. The versions become git's stages 1 to 3; they are
    stored as objects, which nothing refers to yet. The application's attributes say how
    line endings are kept. Raises `CannotMerge` where *folder* is in no work tree.
    """
    if not conflicts:
        return ""
    repository = application(folder)
    prefix = repository.run("rev-parse", "--show-prefix").decode().rstrip("\n")
    modes = _modes(repository, conflicts)
    lines = []
    for path, stages in conflicts.items():
        names = {
            stage: _stored(repository, path, content)
            for stage, content in sorted(stages.items())
        }
        nothing = "0" * len(next(iter(names.values())))
        # Mode 0 takes away what is there (git-update-index(1)).
        lines += [f"0 {nothing}\t{prefix}{path}\0"]
        lines += [
            f"{modes.get(path, '100644')} {name} {stage}\t{prefix}{path}\0"
            for stage, name in names.items()
        ]
    return "".join(lines)


def mark_conflicts(folder: Path, entries: str) -> None:
    """
    Put *entries* into the index of the repository that *folder* lies in.

    From then on ``git status`` lists the files and ``git mergetool`` opens them with
    the true base; ``git add`` ends a conflict, as always. No file is written: what
    stands at the paths is the caller's. All are marked or none, and again is the same
    as once; what is staged at a path gives way to the conflict.

    Raises `CannotMerge` where git refuses, as while another one holds the index.
    """
    if entries:
        feed = entries.encode()
        application(folder).run("update-index", "-z", "--index-info", feed=feed)


def _modes(repository: Repository, paths: Mapping[str, Stages]) -> dict[str, str]:
    """Return the mode that each of *paths* has in the index."""
    listed = repository.run("ls-files", "--stage", "-z").decode().split("\0")[:-1]
    modes = {
        path: told.split()[0]
        for told, _, path in (entry.partition("\t") for entry in listed)
    }
    return {path: mode for path, mode in modes.items() if path in paths}


def _stored(repository: Repository, path: str, content: bytes) -> str:
    """Return the name of the object that *content* becomes, as a file at *path*."""
    # Not even a strict application is stopped by the ends of lines here.
    name = repository.run(
        "-c", "core.safecrlf=false", "hash-object", "-w", "--stdin",
        f"--path={path}", feed=content,
    )  # fmt: skip
    return name.decode().strip()
