"""``arware eject add`` and ``drop``: the same merge, with other features."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from arware.eject.manifest import MANIFEST

from .applications import Application
from .kills import tree_of
from .releases import RELEASES, made_up, said

FEATURES = "app/auth/features"


@pytest.fixture
def first(app: Application, tmp_path: Path):
    """Have the release that was ejected."""
    return made_up(tmp_path / "same")


def features(app: Application) -> list[str]:
    """Return the features that the manifest names."""
    return json.loads((app.folder / MANIFEST).read_text())["options"]["features"]


def test_a_feature_comes_with_its_folder_and_its_line(
    app: Application, eject, first
) -> None:
    """Nothing else is touched but the page about it; what was edited is merged."""
    listed = app.folder / FEATURES / "__init__.py"
    app.commit({f"{FEATURES}/__init__.py": b"# mine\n" + listed.read_bytes()})
    code, output, _ = eject(first, "add", "three")

    assert code == 0
    assert said(output) == {
        f"{FEATURES}/__init__.py": "merged",
        f"{FEATURES}/three/__init__.py": "create",
        "app/auth/AUTH.md": "replace",
        ".arware/": "replace",
    }
    assert listed.read_text().startswith("# mine\n")
    assert '    "three",\n' in listed.read_text()
    assert features(app) == ["one", "two", "three"]


def test_a_feature_goes_with_its_folder_and_its_tests(
    app: Application, eject, first
) -> None:
    """Its migration stays, and so do its rows: that is said."""
    code, output, _ = eject(first, "drop", "two")

    assert code == 0
    assert said(output) == {
        f"{FEATURES}/__init__.py": "replace",
        f"{FEATURES}/two/__init__.py": "delete",
        f"{FEATURES}/two/flow.py": "delete",
        f"{FEATURES}/two/templates/two.jinja2": "delete",
        "app/auth/tests/two/test_two.py": "delete",
        "app/auth/AUTH.md": "replace",
        ".arware/": "replace",
    }
    assert (app.folder / "app/auth/migrations/versions/02_two.py").exists()
    assert not (app.folder / FEATURES / "two").exists()
    assert "The tables and their rows stay, and so do the migrations" in output
    assert features(app) == ["one"]


def test_dropping_what_protects_people_says_so(app: Application, eject, first) -> None:
    """What the realm will say at its start, and the setting; others go without it."""
    warning = "the realm does not start without it"
    one = eject(first, "drop", "one", "--dry-run")[1]
    both = eject(first, "drop", "one", "two", "--dry-run")[1]

    assert warning not in one
    assert "1. two protects the people who use it" in both
    assert "set dropped_features to two" in both


def test_what_was_edited_in_a_dropped_feature_is_a_conflict(
    app: Application, eject, first
) -> None:
    """Nobody's work is deleted."""
    app.commit({f"{FEATURES}/two/flow.py": b"mine = 1\n"})
    code, output, _ = eject(first, "drop", "two")

    assert code == 4
    assert said(output)[f"{FEATURES}/two/flow.py"] == "conflict"
    assert (app.folder / FEATURES / "two/flow.py").read_bytes() == b"mine = 1\n"


def test_a_feature_that_was_dropped_comes_back_as_it_was(
    app: Application, eject, first
) -> None:
    """There and back is no change."""
    before = tree_of(app.folder / "app")
    eject(first, "drop", "one")
    app.commit({})
    code, _, _ = eject(first, "add", "one")

    assert code == 0
    assert tree_of(app.folder / "app") == before


@pytest.mark.parametrize("words", [("add", "one"), ("drop", "three")])
def test_gn01_what_is_so_already_is_no_change(
    app: Application, eject, first, words
) -> None:
    """All is ``identical``."""
    code, output, _ = eject(first, *words)

    assert (code, said(output), app.status()) == (0, {}, [])


@pytest.mark.parametrize("words", [("add", "three"), ("drop", "two")])
def test_gn02_a_dry_run_prints_the_same(app: Application, eject, first, words) -> None:
    """And writes nothing."""
    before = tree_of(app.folder)
    dry = eject(first, *words, "--dry-run")

    assert tree_of(app.folder) == before
    assert eject(first, *words) == dry


def test_gn22_what_is_touched_has_to_be_committed(
    app: Application, eject, first
) -> None:
    """It is named."""
    app.write({f"{FEATURES}/two/flow.py": b"mine = 1\n"})
    code, _, complaints = eject(first, "drop", "two")

    assert code == 1
    assert complaints.endswith(f"undo this:\n  {FEATURES}/two/flow.py\n")


def test_another_release_has_to_be_merged_first(
    app: Application, eject, tmp_path: Path
) -> None:
    """One thing at a time, so that it is known what a change comes from."""
    later = made_up(tmp_path / "later", [next(iter(RELEASES))], "1.1")
    code, _, complaints = eject(later, "add", "three")

    assert code == 1
    assert complaints == (
        "the code is of arware 1.0, and this is 1.1: bring it here first, "
        "with `arware eject upgrade`\n"
    )


@pytest.mark.parametrize("command", ["add", "drop"])
def test_an_unknown_feature_is_wrong_usage(
    app: Application, eject, first, command
) -> None:
    """Those that there are get named."""
    code, _, complaints = eject(first, command, "four")

    assert code == 2
    assert "there is no feature 'four': one, two, three" in complaints
