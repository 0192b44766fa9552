"""A little of the fuzzing in every run; ``python -m tests.fuzz`` does the rest."""

from __future__ import annotations

import pytest

from .__main__ import main
from .targets import TARGETS, Outcome, run


@pytest.mark.parametrize("target", TARGETS)
def test_nothing_mutated_is_accepted_and_nothing_raises(target: str) -> None:
    """2,000 cases of each; the seed is fixed, so a failure can be looked at."""
    outcome = run(target, 2000, seed=7)

    assert (outcome.accepted, outcome.exceptions) == (0, 0), str(outcome)
    assert outcome.cases == 2000


def test_the_command_prints_the_counts(capsys: pytest.CaptureFixture[str]) -> None:
    """It tells how many cases there were and what came of them."""
    status = main(["tokens", "--n", "50", "--seed", "3"])

    assert status == 0
    assert "tokens: 50 cases" in capsys.readouterr().out


def test_a_failure_is_told() -> None:
    """An outcome with one failure is not good and shows it."""
    outcome = Outcome("tokens")
    outcome.fail("text", "accepted")

    assert not outcome.is_good
    assert "accepted 1" in str(outcome)
    assert "'text'" in str(outcome)
