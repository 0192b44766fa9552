"""What is not drawn is known by Unicode's own list."""

from __future__ import annotations

import subprocess
import unicodedata

import pytest

from arware.kit.characters import IGNORABLE, is_honest
from tests.services import find_program

pytestmark = pytest.mark.t76

#: Format characters that are drawn: signs before Arabic and other numbers, notes
#: between lines, and what arranges hieroglyphs.
DRAWN = {
    *range(0x600, 0x606),
    *(0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD),
    *range(0xFFF9, 0xFFFC),
    *range(0x13430, 0x13440),
}
PERL = r"""
for my $c (0 .. 0x10FFFF) {
    next if $c >= 0xD800 && $c <= 0xDFFF;
    print "$c\n" if chr($c) =~ /\p{Default_Ignorable_Code_Point}/;
}
"""


def test_the_list_is_unicodes() -> None:
    """Perl has the property, which Python has not."""
    program = [find_program("perl"), "-e", PERL]
    result = subprocess.run(program, capture_output=True, text=True, check=True)
    expected = {int(line) for line in result.stdout.split()}

    assert set(map(ord, IGNORABLE)) == expected


def test_format_characters_are_ignorable_or_drawn() -> None:
    """A later Unicode that adds one shows here."""
    formats = {
        code for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"
    }

    assert formats - set(map(ord, IGNORABLE)) <= DRAWN


def test_nothing_ignorable_is_a_text() -> None:
    """Neither alone, nor behind a letter."""
    assert [letter for letter in IGNORABLE if is_honest(letter)] == []
    assert [letter for letter in IGNORABLE if is_honest(f"A{letter}")] == []
    assert [letter for letter in IGNORABLE if is_honest(f"A{letter}B")] == []
