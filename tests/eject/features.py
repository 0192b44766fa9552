"""Choices of features, each ejected as a package of its own, and its tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations, count
from math import comb
from pathlib import Path

from arware.eject.options import PRESETS, Options, chosen_features
from arware.eject.rendering import RELEASE, render
from arware.local.features import FEATURES

from .kills import settle

ROOT = Path(__file__).parents[2]
#: Draws every page that there is, as nobody and as a member.
PAGES = "core/test_pages.py"
#: What simulates days of guessing takes as long as all else.
SIMULATIONS = ("test_guessing", "test_owners", "test_locked_out", "test_asking")


@dataclass(frozen=True)
class Choice:
    """A package with some *features*, and which of its tests are run."""

    package: str
    features: tuple[str, ...]
    tests: tuple[str, ...]

    def eject(self, folder: Path) -> list[str]:
        """Write it into *folder*; return where its tests are that are run."""
        options = Options(self.package, self.package, self.features)
        settle(folder, render(RELEASE, options))
        (folder / "pytest.ini").write_text("[pytest]\n")
        # Garbage is looked for as seldom as in our own tests, which say why.
        (folder / "conftest.py").write_text("import gc\ngc.set_threshold(10_000)\n")
        named = [f"{self.package}/tests/{name}".rstrip("/") for name in self.tests]
        return [path for path in named if (folder / path).exists()]


def presets() -> dict[str, Choice]:
    """Return the presets; the least of them with all the tests that come with it."""
    chosen = {name: chosen_features(FEATURES, name) for name in PRESETS}
    tests = {name: (PAGES, *features) for name, features in chosen.items()}
    tests["minimal"] = ("",)
    return {name: Choice(name, chosen[name], tests[name]) for name in PRESETS}


def separated() -> dict[str, Choice]:
    """Return choices of which one has A without B, for any two features A and B."""
    others = [name for name in FEATURES if name != "password"]
    sets = [{"password", *chosen} for chosen in separating(others)] + [{*others}]
    return {
        f"set_{number}": chosen_as(f"set_{number}", chosen)
        for number, chosen in enumerate(sets)
    }


def thinned() -> list[Choice]:
    """Return choices without a few, of which one has A without B, for any A and B."""
    others = [name for name in FEATURES if name != "password"]
    sets = [*separating(others), {"password"}]
    return [
        chosen_as(f"thinned_{number}", {*FEATURES} - left_out)
        for number, left_out in enumerate(sets)
    ]


def alone() -> list[Choice]:
    """Return each feature beside password, with its own tests."""
    return [
        chosen_as(f"{name}_alone", {"password", name}, (PAGES, name))
        for name in FEATURES
    ]


def left_out() -> list[Choice]:
    """Return each choice that is without one feature."""
    return [without(name) for name in FEATURES]


def without(name: str) -> Choice:
    """Return the choice of all features but one."""
    return chosen_as(f"without_{name}", {*FEATURES} - {name})


def chosen_as(
    package: str, names: Collection[str], tests: Sequence[str] = ()
) -> Choice:
    """Return a choice of the features called *names*, by default with their tests."""
    features = tuple(name for name in FEATURES if name in names)
    return Choice(package, features, tuple(tests) or (PAGES, *features))


def separating(names: Sequence[str]) -> list[set[str]]:
    """
    Return few sets of which one has A and not B, for any A and B of *names*.

    Each name is in two of them, and no other in the same two: 8 sets do for 28 names.
    """
    size = next(n for n in count(3) if comb(n, 2) >= len(names))
    places = dict(zip(names, combinations(range(size), 2), strict=False))
    return [{name for name in names if at in places[name]} for at in range(size)]


def run_tests(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run tests of applications in *folder* as their own, by *words* for pytest."""
    program = ["pytest", "-q", "-p", "no:cacheprovider", "-p", "no:arware"]
    return run_python(folder, "-m", *program, *words)


#: A test that imports all of each package, and draws its pages, over one database.
DRAWN = """
import pkgutil
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

from arware.kit.web.walking import page_paths


@pytest.mark.parametrize("name", NAMES)
def test_all_is_imported_and_drawn(name):
    package = import_module(name)
    for module in pkgutil.walk_packages(package.__path__, f"{name}."):
        if not module.name.endswith(("__main__", ".env")):
            # A module of tests is left out by itself where its feature is: that is
            # what is tried here, and any other fault of an import is raised.
            with suppress(pytest.skip.Exception):
                import_module(module.name)
    support = import_module(f"{name}.tests.support")
    pages = page_paths(import_module(f"{name}.app").configured())
    with package.Realm(support.settings(support.sqlite_url(Path()))) as realm:
        if not realm.users():
            realm.add_user(support.ADA, support.PASSWORD)
        nobody, member = support.Browser(realm), support.Browser(realm)
        member.arrive()
        for path in sorted(pages, key=lambda path: ("logout" in path, path)):
            for browser in nobody, member:
                answer = browser.get(path, "*")
                assert answer.status_int < 500 or answer.status_int == 501, answer
"""


def drawn(folder: Path, choices: Sequence[Choice]) -> str:
    """Write a test of all modules and pages of *choices*; return where it is."""
    names = [choice.package for choice in choices]
    (folder / "test_drawn.py").write_text(f"NAMES = {names}\n{DRAWN}")
    return "test_drawn.py"


def run_python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python in *folder*, whose packages come before ours."""
    # Coverage is counted where the realm's tests run as ours.
    environ = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    environ |= {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def quick() -> list[str]:
    """Return the words that leave out simulations of days, and pages that are drawn."""
    return ["-k", f"not ({' or '.join((*SIMULATIONS, 'test_a_page_serves'))})"]
