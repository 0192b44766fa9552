"""What strangers chose to be called is shown as it is, hidden characters too."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from arware.web.text import shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("Ada Lovelace <b>", "Ada Lovelace <b>"),
        ("Zoë Ωmega 山田", "Zoë Ωmega 山田"),
        ("moc.elgoog@\u202eada", "moc.elgoog@[U+202E]ada"),
        ("ad\u200da@example.com", "ad[U+200D]a@example.com"),
        ("a\x00b\nc\x1b[2J", "a[U+0000]b[U+000A]c[U+001B][2J"),
        ("half \ud800", "half [U+D800]"),
        ("tag \U000e0041", "tag [U+E0041]"),
        ("blank \u3164", "blank [U+3164]"),
    ],
)
def test_f10_hidden_characters_are_written_out(text: str, expected: str) -> None:
    """A text with characters that do not show, or turn it around, shows them."""
    assert shown(text) == expected


@pytest.mark.parametrize(
    "text", ["نامه\u200cای", "क्\u200dष", "👩\u200d🚀", "❤\ufe0f", "❤\ufe0f\u200d🔥"]
)
def test_joiners_that_are_spelling_stay(text: str) -> None:
    """Persian and Hindi need them, and emoji are made with them."""
    assert shown(text) == text


def test_f10_no_control_or_format_character_is_left_out() -> None:
    """Whatever this Python's Unicode calls a control or a format shows as a number."""
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert shown(chr(code)) == f"[U+{code:04X}]"
