"""Each row of the threat model is a marker; each row and each fault has its tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PROVEN

TESTS = Path(__file__).parent

#: A file with tests of several rows.
FILE = "tests/cache"

#: Every row but those of the local realm: 70 to 80.
ROWS = (
    *range(1, 19),
    *range(20, 28),
    *range(30, 40),
    *range(40, 48),
    *range(50, 58),
    *range(60, 68),
)


#: The faults that were found and fixed, by number: ``test_f22_...``.
FAULTS = range(1, 34)


def named(path: Path) -> set[str]:
    """Return the rows that the tests of *path* name."""
    found = PROVEN.finditer(path.read_text(encoding="utf-8"))
    return {word for match in found for word in match[1].split("_")}


def test_every_row_has_a_test() -> None:
    """A threat without a test is a promise."""
    rows = set().union(*map(named, TESTS.rglob("test_*.py")))

    assert {f"t{row:02}" for row in ROWS} - rows == set()


def test_every_fault_has_a_test() -> None:
    """What was wrong once is found by its number, and does not come back unseen."""
    texts = [path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")]
    found = re.findall(r"def test(?:_[fst]\d+)*_f(\d+)_", "\n".join(texts))

    assert set(FAULTS) <= set(map(int, found))


@pytest.mark.parametrize(
    ("expression", "rows"), [("t60", ["t60"]), ("t60 and t62", ["t60", "t62"])]
)
def test_a_marker_finds_the_tests_that_are_named_so(
    expression: str, rows: list[str]
) -> None:
    """As ``pytest -m t60`` does it, and with parameters."""
    quiet = ["-q", "-p", "no:cacheprovider", "--collect-only"]
    done = subprocess.run(
        [*(sys.executable, "-m", "pytest"), *quiet, "-m", expression, FILE],
        cwd=TESTS.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found = [line for line in done.stdout.splitlines() if "::" in line]

    assert done.returncode == 0, done.stdout + done.stderr
    assert len(found) > 3
    assert [line for line in found if not all(f"_{row}_" in line for row in rows)] == []


def test_a_marker_that_is_no_row_is_refused() -> None:
    """Markers stay strict: a misspelt one is an error and not an empty selection."""
    with pytest.raises(pytest.fail.Exception, match="t81"):
        pytest.mark.t81  # noqa: B018 - reading it is the point
