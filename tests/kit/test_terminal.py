"""What commands say."""

from __future__ import annotations

import pytest

from arware.kit.terminal import remark, say


def test_what_strangers_wrote_moves_no_cursor(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The names of a file's columns, say: nothing on a terminal is drawn over."""
    say("one\x1b[2J\ntwo")
    remark("three\x9b\r")

    assert capsys.readouterr() == ("one[U+001B][2J\ntwo\n", "three[U+009B][U+000D]\n")
