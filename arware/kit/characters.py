"""
Characters that deceive the eye: unseen, blank, or turning the text around them.

Unicode calls those that are not drawn Default_Ignorable_Code_Point (UAX #44 5.3). A
few of them shape what they stand between; there they are part of words and of emoji,
and anywhere else they make two names look like one.
"""

from __future__ import annotations

import unicodedata

from idna.core import valid_contextj

# Default_Ignorable_Code_Point, the same from Unicode 6.3 to 17.
_IGNORABLE_RANGES = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
#: What Unicode says is not drawn by itself.
IGNORABLE = frozenset(
    chr(code) for first, last in _IGNORABLE_RANGES for code in range(first, last + 1)
)
#: Letters and symbols that are drawn as nothing, without being white space: blanks of
#: Braille, of music and of hieroglyphs, a filler of Khitan.
BLANK = frozenset("\u2800\U0001d159\U00013441\U00013442\U00016fe4")

# Control, half of a pair, private, unassigned, other format, line and paragraph.
_UNFIT = frozenset(("Cc", "Cs", "Co", "Cn", "Cf", "Zl", "Zp"))
_SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_EMOJI_STYLE = "\ufe0f"


def is_honest(text: str) -> bool:
    """
    Tell whether each character of *text* is drawn, or shapes one that is.

    The first may not be a mark, which would be drawn on whatever stands before the
    text. White space is not looked at.
    """
    if text and unicodedata.category(text[0]).startswith("M"):
        return False
    return all(_is_honest(text, place) for place in range(len(text)))


def _is_honest(text: str, place: int) -> bool:
    letter = text[place]
    if letter in IGNORABLE:
        return _joins(text, place) or _selects(text, place)
    return letter not in BLANK and unicodedata.category(letter) not in _UNFIT


def _joins(text: str, place: int) -> bool:
    """Tell whether a joiner stands where RFC 5892 A.1 and A.2 allow it, or in emoji."""
    if text[place] not in "\u200c\u200d":
        return False
    if valid_contextj(text, place):
        return True
    before = text[:place].rstrip(_EMOJI_STYLE + "".join(_SKINS))
    return text[place] == "\u200d" and all(
        unicodedata.category(side) == "So"
        for side in (before[-1:] or " ", text[place + 1 : place + 2] or " ")
    )


def _selects(text: str, place: int) -> bool:
    """Tell whether a variation selector stands behind what has variants."""
    before = text[place - 1 : place] if place else ""
    name = unicodedata.name(before, "") if before else ""
    if "\ufe00" <= text[place] <= _EMOJI_STYLE:
        return name.startswith("CJK ") or unicodedata.category(before or " ") == "So"
    if "\U000e0100" <= text[place] <= "\U000e01ef":
        return name.startswith("CJK ")
    return "\u180b" <= text[place] <= "\u180d" and name.startswith("MONGOLIAN LETTER")
