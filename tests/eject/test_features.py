"""The realm serves and its tests pass with any choice of features (GN-11)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from arware.eject.options import PRESETS, Options, chosen_features
from arware.eject.rendering import RELEASE, render
from arware.local.features import FEATURES

PACKAGE = "owned"
ARWARE = Path(__file__).parents[2]
#: What the core does by itself it does whatever takes part, but for its pages.
CORE = f"{PACKAGE}/tests/core/test_pages.py"
#: What simulates days of guessing takes as long as all else: the presets try it, and
#: each feature alone.
SIMULATIONS = ("test_guessing", "test_owners", "test_locked_out", "test_asking")


def choices() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield all choices that are tried, with their names."""
    for preset in PRESETS:
        yield preset, chosen_features(FEATURES, preset)
    for name in FEATURES:
        others = tuple(other for other in FEATURES if other != name)
        yield f"without {name}", others
        beside = dict.fromkeys(("password", name))
        yield f"{name} alone", tuple(f for f in FEATURES if f in beside)


CHOICES = dict(choices())


@pytest.mark.parametrize("choice", CHOICES)
def test_gn11_what_is_chosen_serves_and_its_tests_pass(
    tmp_path: Path, choice: str
) -> None:
    """Nothing refers to a feature that was left out."""
    features = CHOICES[choice]
    for path, content in render(RELEASE, Options(PACKAGE, PACKAGE, features)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    # One that is alone is tried; what it stands beside is tried where that is alone.
    tried = [choice.removesuffix(" alone")] if choice.endswith("alone") else features
    tests = [f"{PACKAGE}/tests/{name}" for name in tried]
    words = [CORE, *(test for test in tests if (tmp_path / test).is_dir())]
    if choice.startswith("without"):
        words += ["-k", f"not ({' or '.join(SIMULATIONS)})"]

    done = run_tests(tmp_path, *words)

    assert done.returncode == 0, done.stdout[-3000:]


def run_tests(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run tests of an application in *folder* as its own, by *words* for pytest."""
    program = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    # Coverage is counted where the realm's tests run as ours.
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    environ |= {"PYTHONPATH": f"{folder}{os.pathsep}{ARWARE}", "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [*program, "-p", "no:arware", *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
