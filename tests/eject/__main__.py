"""
What takes too long for the suite: ``python -m tests.eject [WHAT [COUNT | NAME]]``.

``kills``: that many processes killed while they change files (200). ``merges``: that
many edits beneath each made-up release (50). ``samples``: that many upgrades of the
real code, with its tests run (20). ``releases``: the tests of the last releases, with
today's kit, and with each fix for them. ``journeys``: applications from scratch, in an
environment of their own. ``features``: all the tests of each choice of features, or of
those without, and of nothing but, the one that is named. ``types``: mypy over what is
ejected. Without a word it is all of them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from arware.eject.fixes import FIXES, read_fixes
from arware.local.features import FEATURES

from .earlier import ROOT, check_release, earlier_releases
from .features import (
    Choice,
    alone,
    left_out,
    presets,
    run_python,
    run_tests,
    separated,
)
from .journeys import check_journeys
from .killing import check_kills
from .samples import check_samples


def kills(folder: Path, count: str = "200") -> None:
    """Print how many of *count* killed processes ended how."""
    ends = check_kills(folder, int(count))
    print(", ".join(f"{number} {how}" for how, number in ends.items()))
    print("each tree was the one or the other")


def merges(_: Path, count: str = "50") -> None:
    """Run the tests of merging with *count* edits a release."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    subprocess.run(
        [*command, "tests/eject/test_merging_releases.py"],
        cwd=ROOT,
        env={**os.environ, "ARWARE_MERGES": count},
        check=True,
    )


def samples(folder: Path, count: str = "20") -> None:
    """Upgrade *count* samples, and print what the tests of each say."""
    check_samples(folder, int(count))


def releases(folder: Path) -> None:
    """Print what the tests of each of the last releases say."""
    tags = earlier_releases(ROOT)
    for tag in tags:
        for line in check_release(ROOT, tag, folder / tag, read_fixes(FIXES)):
            print(tag, line)
    if not tags:
        print("nothing was released yet")


def journeys(folder: Path) -> None:
    """Print what the ejected tests say in each application."""
    for line in check_journeys(folder):
        print(line, flush=True)


def features(folder: Path, name: str = "") -> None:
    """Print what the tests of each choice say, or of those about one feature."""
    choices = [*alone(), *left_out()]
    if name:
        wanted = (f"{name}_alone", f"without_{name}")
        choices = [choice for choice in choices if choice.package in wanted]
    else:
        choices += [*presets().values(), *separated().values()]
    for choice in choices:
        done = run_tests(folder, *choice.eject(folder))
        print(f"{choice.package}: {done.stdout.splitlines()[-1]}", flush=True)
        if done.returncode:
            sys.exit(done.stdout[-3000:])


#: Pyramid and WebTest have no types, so that what they decorate and return has none.
_UNTYPED = (
    *("--ignore-missing-imports", "--allow-untyped-decorators"),
    *("--no-warn-return-any", "--no-warn-unused-ignores"),
)


def types(folder: Path) -> None:
    """Print what mypy says of all that is ejected, its tests included (GN-12)."""
    Choice("owned", FEATURES, ()).eject(folder)
    done = run_python(folder, "-m", "mypy", "--strict", *_UNTYPED, "owned")
    print(done.stdout, end="", flush=True)
    if done.returncode:
        sys.exit(done.stderr)


RUNS = {"kills": kills, "merges": merges, "samples": samples, "releases": releases,
        "journeys": journeys, "features": features, "types": types}  # fmt: skip

for name in sys.argv[1:2] or RUNS:
    print(f"{name}:", flush=True)
    with tempfile.TemporaryDirectory() as place:
        RUNS[name](Path(place), *sys.argv[2:])
