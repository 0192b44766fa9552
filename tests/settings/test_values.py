"""How texts, flags, numbers and headers are read."""

from __future__ import annotations

from typing import Any

import pytest

from arware.settings.values import (
    is_blank,
)


@pytest.mark.parametrize("value", [None, "", " \n", (), []])
def test_what_says_nothing_is_blank(value: Any) -> None:
    """It counts as absent."""
    assert is_blank(value)


@pytest.mark.parametrize("value", ["x", 0, False, ("",), {"a": 1}])
def test_what_says_something_is_not_blank(value: Any) -> None:
    """No is an answer, too."""
    assert not is_blank(value)
