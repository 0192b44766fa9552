"""What a type checker knows: the programs of tests/typing, checked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

FOLDER = Path(__file__).parent.parent / "typing"


def checked(name: str) -> tuple[int, str]:
    """Return mypy's verdict on a program, and what it said."""
    result = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(FOLDER / name)],
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER.parent.parent,
    )
    return result.returncode, result.stdout + result.stderr


def test_types_are_what_the_comments_say() -> None:
    """Of fields, lists, created objects, both forms of a method, and a client's."""
    code, said = checked("api.py")
    revealed = {
        int(line): re.sub(r"arware\.resources\.\w+\.|datetime\.", "", text)
        for line, text in re.findall(
            r'api\.py:(\d+): note: Revealed type is "(.*)"', said
        )
    }
    expected = {
        number: line.partition("  # ")[2]
        for number, line in enumerate((FOLDER / "api.py").read_text().split("\n"), 1)
        if line.startswith("reveal_type(")
    }

    assert code == 0, said
    assert expected == revealed
    assert len(expected) > 30


def test_mistakes_are_found() -> None:
    """Each ignore is needed: strict mypy complains of one that is not."""
    code, said = checked("mistakes.py")

    assert code == 0, said
