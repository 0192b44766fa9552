"""What is left when a change of many files is ended from outside."""

from __future__ import annotations

from pathlib import Path

from .killing import check_kills


def test_gn03_a_killed_change_is_undone_or_finished(tmp_path: Path):
    """At any moment, also while an earlier one is finished; ``kill -9`` or SIGTERM."""
    ends = check_kills(tmp_path, 12)

    assert sum(ends.values()) == 12
