"""
Passwords that are guessed first, whatever their length.

Guessing programs try lists and then patterns: something short over and over, keys
that lie side by side, counting, a person's own names with a year. A password is judged
by what is left of it when such stretches count for nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from .wordlists import KNOWN, WORDS

#: A password needs this many characters that no pattern explains.
UNEXPLAINED = 8

# Rows in step, so that a walk down a column keeps its place: 1qaz, 2wsx.
_KEYBOARDS = (
    ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"),
    ("!@#$%^&*()_+", "qwertyuiop{}", 'asdfghjkl:"', "zxcvbnm<>?"),
    ("1234567890", "qwertzuiopü", "asdfghjklöä", "yxcvbnm,.-"),
    ("1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"),
    ("1234567890", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    ("abcdefghijklmnopqrstuvwxyz",),
    ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",),
)
_Step = tuple[int, int]
_Places = dict[str, _Step]

_PLACES: tuple[_Places, ...] = tuple(
    {
        key: (column, row)
        for row, keys in enumerate(rows)
        for column, key in enumerate(keys)
    }
    for rows in _KEYBOARDS
)

_SUBSTITUTES = str.maketrans("013457@$!", "oieastasi")
_YEAR = re.compile(r"(19|20)[0-9]{2}")


def weakness(
    password: str, context: Iterable[str] = (), refused: frozenset[str] = frozenset()
) -> str | None:
    """
    Return why *password* would be guessed soon, or ``None``.

    *context* are texts that an attacker knows: the e-mail address, the person's
    names, the realm's. *refused* are digests of further passwords, as
    :func:`read_list` returns them.
    """
    folded = "".join(unicodedata.normalize("NFKC", password).casefold().split())
    if _digest(folded) in KNOWN or _digest(folded) in refused:
        return "common"
    if _period(folded) * 2 <= len(folded):
        return "repeated"
    explained = _explained(folded, WORDS)
    if explained.count(False) < UNEXPLAINED:
        return "common"
    personal = _explained(folded, _context_words(context))
    left = sum(not (a or b) for a, b in zip(explained, personal, strict=True))
    return "context" if left < UNEXPLAINED else None


def read_list(path: Path) -> frozenset[str]:
    """Return the digests of the passwords in *path*, a text file, perhaps gzipped."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as file:
        return frozenset(
            _digest("".join(unicodedata.normalize("NFKC", line).casefold().split()))
            for line in file
        )


def _digest(folded: str) -> str:
    data = folded.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).hexdigest()[:16]


def _period(text: str) -> int:
    """Return the length of the shortest piece that *text* repeats (KMP's borders)."""
    borders = [0] * len(text)
    for place in range(1, len(text)):
        border = borders[place - 1]
        while border and text[place] != text[border]:
            border = borders[border - 1]
        borders[place] = border + (text[place] == text[border])
    return len(text) - borders[-1] if text else 1


def _explained(text: str, words: Iterable[str]) -> list[bool]:
    """Return for each character whether a word, a year or a walk explains it."""
    marks = [False] * len(text)
    plain = text.translate(_SUBSTITUTES)
    for word in words:
        for spelling in (text, plain):
            start = spelling.find(word)
            while start >= 0:
                _mark(marks, start, start + len(word))
                start = spelling.find(word, start + 1)
    for year in _YEAR.finditer(text):
        _mark(marks, *year.span())
    for places in _PLACES:
        steps = [_step(places, a, b) for a, b in pairwise(text)]
        # Straight walks of three keys (qwe, aaa) and zigzag ones of four (1q2w).
        for lag, least in ((1, 2), (2, 3)):
            for first, past in _walks(steps, lag):
                if past - first >= least:
                    _mark(marks, first, past + 1)
    return marks


def _mark(marks: list[bool], start: int, end: int) -> None:
    marks[start:end] = [True] * (end - start)


def _step(places: _Places, a: str, b: str) -> _Step | None:
    """Return how a finger goes from *a* to *b*, ``None`` if they are not neighbours."""
    if a == b:
        return 0, 0
    if a not in places or b not in places:
        return None
    step = places[b][0] - places[a][0], places[b][1] - places[a][1]
    return step if max(map(abs, step)) <= 1 else None


def _walks(steps: list[_Step | None], lag: int) -> Iterator[tuple[int, int]]:
    """Return the stretches in which each step is the one *lag* steps before."""
    first = 0
    for index, step in enumerate([*steps, None]):
        begins = index - first < lag
        if step is not None and (begins or step == steps[index - lag]):
            continue
        if index > first:
            yield first, index
        first = index + 1 if step is None else index - lag + 1


def _context_words(context: Iterable[str]) -> set[str]:
    words: set[str] = set()
    for text in context:
        folded = unicodedata.normalize("NFKC", text).casefold()
        parts = re.findall(r"\w+", folded)
        words |= {part for part in (*parts, "".join(parts)) if len(part) >= 3}
    return words
