"""A project whose files are changed by a process that is killed at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from arware.eject.journal import FOLDER, Change, Journal, terminated_like_an_error
from arware.eject.paths import digest

Tree = dict[str, bytes]

#: Two states: what both have differs, and each has files and folders of its own.
BOTH = [f"app/auth/both/{number}.py" for number in range(25)]
ONE: Tree = dict.fromkeys(BOTH, b"one\n" * 500)
ONE |= {f"app/auth/one/{n}/a.py": b"only one\n" for n in range(15)}
TWO: Tree = dict.fromkeys(BOTH, b"two\n" * 300)
TWO |= {f"app/auth/two/{n}/b.py": b"only two\n" for n in range(15)}


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
        after = TWO if before == ONE else ONE
        journal.write(changes(before, after), after)


def kill(project: Path, moment: float, number: int) -> int:
    """Start :func:`change`, send it *number* after *moment* seconds; its exit code."""
    program = "import sys, pathlib; from tests.eject.kills import change; "
    program += "change(pathlib.Path(sys.argv[1]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(project)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(moment)
        child.send_signal(number)
        return child.wait()


def duration(project: Path) -> float:
    """Change *project* there and back; return how many seconds one way takes."""
    began = time.monotonic()
    with Journal(project) as journal:
        journal.write(changes(ONE, TWO), TWO)
        journal.write(changes(TWO, ONE), ONE)
    return (time.monotonic() - began) / 2


def check_kills(project: Path, count: int, seed: int = 1) -> dict[str, int]:
    """
    Kill *count* processes at random moments, one in three of them while it recovers.

    Raises AssertionError at the first tree that is neither the one nor the other.
    Returns how many ended how.
    """
    chance = random.Random(seed)
    settle(project, ONE)
    usual = duration(project)
    ends = {"done": 0, "before the plan": 0, "after the plan": 0}
    for _ in range(count):
        number = signal.SIGTERM if chance.random() < 0.25 else signal.SIGKILL
        code = kill(project, chance.uniform(0, usual), number)
        planned = (project / FOLDER / "plan").exists()
        if code == 0:
            ends["done"] += 1
        else:
            ends["after the plan" if planned else "before the plan"] += 1
        if number == signal.SIGTERM:
            assert not (project / FOLDER).exists()
        if chance.random() < 2 / 3:
            with Journal(project) as journal:
                journal.recover()
            assert tree_of(project) in (ONE, TWO)
    with Journal(project) as journal:
        journal.recover()
    assert tree_of(project) in (ONE, TWO)
    return ends
