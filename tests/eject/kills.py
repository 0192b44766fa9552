"""A project whose files are changed by a process that may be killed at any moment."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from arware.eject.conflicts import index_entries
from arware.eject.journal import Change, Journal, terminated_like_an_error
from arware.eject.paths import digest

Tree = dict[str, bytes]

#: Two states: what both have differs, and each has files and folders of its own.
BOTH = [f"app/auth/both/{number}.py" for number in range(25)]
ONE: Tree = dict.fromkeys(BOTH, b"one\n" * 500)
ONE |= {f"app/auth/one/{n}/a.py": b"only one\n" for n in range(15)}
TWO: Tree = dict.fromkeys(BOTH, b"two\n" * 300)
TWO |= {f"app/auth/two/{n}/b.py": b"only two\n" for n in range(15)}
#: What is left to a person where the second is come to.
CONFLICTS = {
    path: {1: b"base\n", 2: ONE[path], 3: b"theirs\n"} for path in (BOTH[0], BOTH[-1])
}


def tree_of(project: Path) -> Tree:
    """Return all files of *project*."""
    return {
        path.relative_to(project).as_posix(): path.read_bytes()
        for path in project.rglob("*")
        if path.is_file()
    }


def changes(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[Change]:
    """Return what leads from *before* to *after*."""

    def sha(data: bytes | None) -> str | None:
        return None if data is None else digest(data)

    return [
        Change(path, sha(before.get(path)), sha(after.get(path)))
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    ]


def settle(project: Path, tree: Tree) -> None:
    """Write *tree* into *project*."""
    for path, data in tree.items():
        place = project / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def change(project: Path) -> None:
    """Go on with what was interrupted, then to the other state, until it ends us."""
    with terminated_like_an_error(), Journal(project) as journal:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        journal.recover()
        before = tree_of(project)
        after, conflicts = (TWO, CONFLICTS) if before == ONE else (ONE, {})
        entries = index_entries(project, conflicts)
        journal.write(changes(before, after), after, entries)
