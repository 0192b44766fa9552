"""Whole names, as other systems keep them, in two parts (AK-F23)."""

from __future__ import annotations

#: What a family name may begin with, and what may follow it: no name of its own.
_PARTICLES = frozenset((
    "a", "af", "al", "ap", "av", "bin", "bint", "da", "das", "de", "dei", "del",
    "della", "den", "der", "di", "do", "dos", "du", "el", "i", "ibn", "la", "las",
    "le", "los", "of", "st", "st.", "te", "ten", "ter", "van", "vande", "vander",
    "vom", "von", "y", "zu", "zum", "zur", "'t",
))  # fmt: skip
_SUFFIXES = frozenset(("jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "esq", "esq."))


def split_name(text: str) -> tuple[str, str]:
    """
    Return the given and the family name that a whole name most likely has.

    ``King, Ada`` says so itself. Else the last word is the family name, with the
    particles before it (``Vincent | van Gogh``) and what follows it (``Sammy | Davis
    Jr.``); a single word is a given name. No rule knows all names of the world: people
    can change theirs.
    """
    family, comma, given = (part.strip() for part in text.partition(","))
    if comma and given.lower() not in _SUFFIXES:
        return " ".join(given.split()), " ".join(family.split())
    words = text.split()
    end = len(words)
    while end > 1 and words[end - 1].lower().strip(",") in _SUFFIXES:
        end -= 1
    start = max(end - 1, 0)
    while start > 1 and words[start - 1].lower() in _PARTICLES:
        start -= 1
    if start == 0:
        return " ".join(words), ""
    return " ".join(words[:start]), " ".join(words[start:])
