"""Text that strangers chose: names, addresses, claims."""

from __future__ import annotations

import re

# Control and format characters (Unicode's Cc and Cf), separators of lines, halves of
# pairs, and what else is ignored when text is drawn (Default_Ignorable_Code_Point):
# they turn text around, or make two names look alike.
_HIDDEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2"
    r"\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff"
)
# Where joiners are spelling: between letters of scripts that join them (Arabic to
# Myanmar, Khmer and Mongolian), and inside an emoji.
_JOINING = r"\u0620-\u109f\u1780-\u18af"
_EMOJI = r"\u2600-\u27bf\U0001f000-\U0001faff"

# Compiled when it is first used: most processes never show such a page.
_UNSEEN = (
    rf"(?!(?<=[{_JOINING}])[\u200c\u200d][{_JOINING}])"
    rf"(?!(?<=[{_EMOJI}])\ufe0f)(?!(?<=[{_EMOJI}\ufe0f])\u200d[{_EMOJI}])"
    r"(?!(?<=[0-9#*])\ufe0f\u20e3)"
    rf"[{_HIDDEN}]"
)


def shown(text: str) -> str:
    """
    Return *text* with each character that cannot be seen written out: ``[U+202E]``.

    It does not isolate what runs from right to left by nature; in HTML ``<bdi>`` does.
    """
    return re.sub(_UNSEEN, lambda found: f"[U+{ord(found[0]):04X}]", text)
