"""The real code, changed by many, and upgraded; `python -m tests.eject` does more."""

from __future__ import annotations

from pathlib import Path

import pytest

from .applications import Application
from .samples import sample, upgraded


def test_gn15_the_real_code_is_merged_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With names that changed on either side, CRLF, and what was deleted."""
    chosen = sample(1)
    app = Application.of_nobody(tmp_path, monkeypatch)
    code, tree = upgraded(app, chosen)

    assert code == 0
    assert tree == chosen.wanted
