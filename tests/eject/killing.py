"""Killing processes that change files, and what they leave."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from arware.eject.conflicts import index_entries
from arware.eject.journal import FOLDER, Journal, JournalError
from tests.patience import PATIENCE

from .applications import Application
from .kills import CONFLICTS, ONE, TWO, changes, settle, tree_of

PLAN = f"{FOLDER}/plan"


def kill(project: Path, moment: float, number: int, *, planned: bool) -> int:
    """
    Start :func:`change` and send it *number* after *moment* seconds; its exit code.

    They are counted from its start, or from where its plan stands if it is *planned*.
    """
    program = "import sys, pathlib; from tests.eject.kills import change; "
    program += "change(pathlib.Path(sys.argv[1]))"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(project)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        while planned and child.poll() is None and not (project / PLAN).exists():
            time.sleep(0.001)
        time.sleep(moment)
        child.send_signal(number)
        return child.wait()


def duration(project: Path) -> float:
    """Change *project* there and back; return how many seconds one way takes."""
    began = time.monotonic()
    with Journal(project) as journal:
        entries = index_entries(project, CONFLICTS)
        journal.write(changes(ONE, TWO), TWO, entries)
        journal.write(changes(TWO, ONE), ONE)
    return (time.monotonic() - began) / 2


def check_kills(folder: Path, count: int, seed: int = 1) -> dict[str, int]:
    """
    Kill *count* processes at random moments, one in three of them while it recovers.

    Raises AssertionError at the first tree that is neither the one nor the other, or
    whose conflicts git does not know. Returns how many ended how.
    """
    chance = random.Random(seed)
    app = Application(folder)
    project = app.folder
    settle(project, ONE)
    usual = duration(project)
    check_whole(app)
    ends = {"done": 0, "before the plan": 0, "after the plan": 0}
    for _ in range(count):
        number = signal.SIGTERM if chance.random() < 0.25 else signal.SIGKILL
        pending = (project / FOLDER).exists()
        moment, planned = chance.uniform(0, usual), chance.random() < 0.5
        code = kill(project, moment / 3 if planned else moment, number, planned=planned)
        planned = (project / PLAN).exists()
        if code == 0:
            ends["done"] += 1
        else:
            ends["after the plan" if planned else "before the plan"] += 1
        if number == signal.SIGTERM and not pending:
            assert not (project / FOLDER).exists()
        if chance.random() < 2 / 3:
            check_whole(app)
    check_whole(app)
    return ends


def recover(project: Path) -> None:
    """Go on with what was interrupted, once a git of the killed process has ended."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with Journal(project) as journal:
                journal.recover()
            return
        except JournalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def check_whole(app: Application) -> None:
    """Go on with what was interrupted; raise AssertionError if something is half."""
    recover(app.folder)
    tree = tree_of(app.folder)
    assert tree in (ONE, TWO)
    listed = app.git("ls-files", "--unmerged", "-z").split("\0")[:-1]
    if tree == TWO:
        assert {entry.partition("\t")[2] for entry in listed} == {*CONFLICTS}
    else:  # As if they were decided, so that the next ones are not these.
        app.git("read-tree", "--empty")
