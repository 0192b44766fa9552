"""
What takes too long for the suite: ``python -m tests.eject [WHAT [COUNT]]``.

``kills``: that many processes killed while they change files (200). ``merges``: that
many edits beneath each made-up release (50). ``samples``: that many upgrades of the
real code, with its tests run (20). ``releases``: the tests of the last releases, with
today's kit, and with each fix for them. ``journeys``: applications from scratch, in an
environment of their own. Without a word it is all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from arware.eject.fixes import FIXES, read_fixes

from .earlier import ROOT, check_release, earlier_releases
from .journeys import check_journeys
from .killing import check_kills
from .samples import check_samples


def kills(folder: Path, count: int) -> None:
    """Print how many of *count* killed processes ended how."""
    ends = check_kills(folder, count)
    print(", ".join(f"{number} {how}" for how, number in ends.items()))
    print("each tree was the one or the other")


def merges(_: Path, count: int) -> None:
    """Run the tests of merging with *count* edits a release."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run(
        [*command, "tests/eject/test_merging_releases.py"],
        cwd=ROOT,
        env={**os.environ, "ARWARE_MERGES": str(count)},
        check=True,
    )


def releases(folder: Path, _: int) -> None:
    """Print what the tests of each of the last releases say."""
    tags = earlier_releases(ROOT)
    for tag in tags:
        for line in check_release(ROOT, tag, folder / tag, read_fixes(FIXES)):
            print(tag, line)
    if not tags:
        print("nothing was released yet")


def journeys(folder: Path, _: int) -> None:
    """Print what the ejected tests say in each application."""
    for line in check_journeys(folder):
        print(line, flush=True)


RUNS = {"kills": (kills, 200), "merges": (merges, 50), "samples": (check_samples, 20),
        "releases": (releases, 0), "journeys": (journeys, 0)}  # fmt: skip

for name in sys.argv[1:2] or RUNS:
    run, usual = RUNS[name]
    print(f"{name}:", flush=True)
    with tempfile.TemporaryDirectory() as place:
        run(Path(place), int(sys.argv[2]) if len(sys.argv) > 2 else usual)
