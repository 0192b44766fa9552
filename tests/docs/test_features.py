"""What a realm can do, line by line, each with tests that show it."""

from __future__ import annotations

import re
from functools import cache

from arware.local.features import FEATURES

from .blocks import ROOT
from .test_authkit import EJECTED, written_in

PAGE = ROOT / "docs" / "reference" / "features.rst"


def lines() -> dict[str, list[tuple[str, str]]]:
    """Return the tests of each line of the page: the file, and the name in it."""
    found = {}
    for line in re.split(r"^   \* - ", PAGE.read_text("utf-8"), flags=re.M)[1:]:
        what = " ".join(line.partition("\n     - ")[0].split())
        found[what] = re.findall(r"``([\w/]+\.py)::(test_\w+)``", line)
    return {what: tests for what, tests in found.items() if what != "what"}


def test_each_line_names_tests_that_there_are() -> None:
    """At least one; a test that moves takes its name on the page along."""
    missing = [
        f"{what}: {file}::{name}"
        for what, tests in lines().items()
        for file, name in tests or [("no", "test")]
        if name not in names_in(file)
    ]

    assert len(lines()) > 50
    assert missing == []


@cache
def names_in(file: str) -> set[str]:
    """Return the names of the tests in a file, as the page calls that."""
    path = (ROOT if file.startswith("tests/") else EJECTED) / file
    return {test.name for test in written_in(path)} if path.is_file() else set()


def test_no_feature_is_forgotten() -> None:
    """Each has a line with a test of its own folder."""
    shown = {file.partition("/")[0] for tests in lines().values() for file, _ in tests}

    assert {*FEATURES} - shown == set()
