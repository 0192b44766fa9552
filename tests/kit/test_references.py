"""Ids of refusals: they tell who has the secret, and nobody else."""

from __future__ import annotations

import pytest

from arware.kit.references import Reference, read, write
from arware.kit.secrets import is_id

KEY, OTHER = "0a" * 32, "0b" * 32
NOW = 1_800_000_000
CAUSES = ["wrong_password", "name_unknown"]


@pytest.mark.parametrize("about", ["", "0" * 22, "z" * 22, "EZnaXxn9nR4RsoKeJosZMU"])
@pytest.mark.parametrize("cause", CAUSES)
def test_it_says_what_was_written(about: str, cause: str) -> None:
    """When, why, and how the id of whom it is about begins."""
    text = write(KEY, Reference(NOW, cause, about))

    assert is_id(text, "rf")
    assert read([OTHER, KEY], text, CAUSES, NOW) == Reference(NOW, cause, about[:8])


def test_two_are_never_alike() -> None:
    """Else two tries at one account would show that there is one (RQ-E1)."""
    same = [Reference(NOW, "wrong_password", "A" * 22)] * 200
    nobody = [Reference(NOW, "name_unknown")] * 200

    assert len({write(KEY, one) for one in (*same, *nobody)}) == 400


@pytest.mark.parametrize("text", ["", "rf_", "rf_" + "z" * 22, "rf_" + "0" * 21, "x"])
def test_what_is_none_says_nothing(text: str) -> None:
    """Also what is mistyped, of another realm, or of a time that has not come."""
    made = write(KEY, Reference(NOW, "wrong_password", "A" * 22))

    assert read([KEY], text, CAUSES, NOW) is None
    assert read([OTHER], made, CAUSES, NOW) is None
    assert read([KEY], made.swapcase(), CAUSES, NOW) is None
    assert read([KEY], made, ["another"], NOW) is None
    assert read([KEY], made, CAUSES, NOW - 3600) is None
