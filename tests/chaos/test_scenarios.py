"""The scenarios of the command, for a second or two each (R05 to R12)."""

from __future__ import annotations

import pytest

from .__main__ import TIMED, main
from .scenarios import memory


@pytest.mark.parametrize("name", TIMED)
def test_a_scenario_holds(name: str) -> None:
    """Whatever breaks, known users are served and accounts are kept."""
    report = TIMED[name](2.2 if name.startswith("redis") else 1.0)

    assert report.faults == [], str(report)
    assert report.figures


def test_memory_is_bounded() -> None:
    """10,000 requests of all kinds leave no more verdicts than are allowed."""
    report = memory(10_000)

    assert report.faults == [], str(report)


def test_the_command_prints_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """It says good or BAD, and why."""
    status = main(["stampede", "--seconds", "0.2"])

    assert status == 0
    assert "stampede: good" in capsys.readouterr().out
