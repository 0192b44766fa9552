"""People from elsewhere log in with the passwords that they have."""

from __future__ import annotations

from pathlib import Path

from tests.realm_import import KINDS, RARE, run


def test_gn08_people_with_hashes_of_all_kinds_log_in(tmp_path: Path) -> None:
    """Each once, and then their hashes are ours; ten thousand are a command."""
    count = len(KINDS)
    added, done, renewed = run(
        count, f"sqlite:///{tmp_path}/realm.sqlite", tmp_path / "people.jsonl"
    )

    assert count < RARE  # those of Better Auth take too long for here
    assert added.startswith(f"{count} imported")
    assert done.startswith(f"{count} of {count} logged in")
    assert renewed == "0 hashes are not renewed"
