"""What rows say under a name."""

from __future__ import annotations

from typing import Any

import pytest

from arware.kit import cells
from arware.kit.operator import NotDone


@pytest.mark.parametrize(
    ("read", "value", "expected"),
    [
        (cells.text, 7, "7"),
        (cells.text, "", None),
        (cells.json_object, '{"a": 1}', {"a": 1}),
        (cells.json_object, "", None),
        (cells.flag, "Yes", True),
        (cells.flag, None, False),
        (cells.moment, "1600000000", 1_600_000_000),
        (cells.moment, "2020-02-02", 1_580_601_600),
        (cells.moment, "2020-02-02T01:00:00+01:00", 1_580_601_600),
        (cells.moment, None, None),
    ],
)
def test_what_a_row_says_is_read_in_its_usual_forms(
    read: Any, value: object, expected: object
) -> None:
    """Files hold texts, tables and JSON values."""
    assert read({"it": value}, "it") == expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (cells.text, True),
        (cells.text, ["x"]),
        (cells.json_object, "[1]"),
        (cells.json_object, "[" * 100_000),
        (cells.flag, "maybe"),
        (cells.moment, "yesterday"),
        (cells.moment, "9" * 30),
    ],
)
def test_what_makes_no_sense_is_told_with_its_name(read: Any, value: object) -> None:
    """So that a person finds the cell."""
    with pytest.raises(NotDone, match="it: "):
        read({"it": value}, "it")
