"""
What a new password must be: long enough, and nothing that is guessed soon.

NIST SP 800-63B-4 3.1.1.2 asks for length and a list of refused passwords and forbids
rules of composition; ASVS 5.0 6.2.4, 6.2.11 and 6.2.12 ask for the same list and for
the person's own words on it (RQ-P1 to P6). How many guesses a password takes is
estimated as zxcvbn does, with its dictionaries, matchers and search.

``common_passwords.txt.gz`` beside this module adds what those dictionaries do not hold
of Django's list of common passwords (by Royce Williams) and a few famous phrases.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from zxcvbn import matching, scoring

from arware.kit.breached_passwords import BreachedPasswords
from arware.kit.passwords import LONGEST_BYTES, cut, normalise

Weakness = Literal["common", "context", "guessable"]
Flaw = Literal["missing", "too_short", "too_long", "breached"] | Weakness

#: NIST SP 800-63B-4 3.1.1.2: 15 characters for a password that stands alone, and never
#: below 8.
LEAST_ALONE, LEAST = 15, 8

#: Guesses that a password must withstand: zxcvbn's highest score. Against Argon2id a
#: machine with a stolen database makes some thousand a second.
GUESSES = 10**10
#: What follows is not judged, so that no password takes longer than its hash.
JUDGED = 100

_Match = dict[str, Any]
_Ranks = Mapping[str, int]
_Dictionaries = dict[str, _Ranks]

#: Whoever guesses a person's words tries them with and without these.
_SEPARATORS = re.compile(r"[\s._,-]+")
#: Of each substitute the letter that it stands for; two of them stand for two letters.
_SUBSTITUTES = tuple(
    str.maketrans("48({[<3691!|0$5+7%2@", letters)
    for letters in ("abcccceggiiiossttxza", "abccccegglilosstlxza")
)
#: A copy of what stands before it counts from this length on.
_SHORTEST_COPY = 3
#: A person's words of two letters would be found in every password.
_SHORTEST_WORD = 3
#: The two of zxcvbn's that are left out have doubles below.
_MATCHERS = (
    matching.dictionary_match,
    matching.reverse_dictionary_match,
    matching.spatial_match,
    matching.sequence_match,
    matching.regex_match,
    matching.date_match,
)
#: Where on its list a password of our own file stands, which has no order.
_RANK = 10_000


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """
    What a realm asks of a new password.

    *minimum* counts characters. *refused* are further passwords, as :func:`read_list`
    returns them. *breached* is a service that knows leaked ones;
    it is asked last.
    """

    minimum: int = LEAST_ALONE
    refused: frozenset[bytes] = field(default=frozenset(), repr=False)
    breached: BreachedPasswords | None = None

    def flaw(self, password: str, context: Iterable[str] = ()) -> Flaw | None:
        """
        Return why *password* cannot be one, or ``None``.

        *context* are texts that an attacker knows: see :func:`weakness`. Not to be
        called within a transaction: it takes its time, and may ask a service.
        """
        password = normalise(cut(password))
        if not password:
            return "missing"
        if len(password) < self.minimum:
            return "too_short"
        if len(password.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
            return "too_long"
        weak = weakness(password, context, self.refused)
        if weak is None and self.breached is not None and self.breached.has(password):
            return "breached"
        return weak


def weakness(
    password: str, context: Iterable[str] = (), refused: frozenset[bytes] = frozenset()
) -> Weakness | None:
    """
    Return why *password* would be guessed soon, or ``None``.

    *context* are texts that an attacker knows: the e-mail address, the person's names,
    the realm's. *refused* are further passwords, as :func:`read_list` returns them.
    The answer is ``common`` for a password that is on a list, ``context`` for one that
    falls with the person's own words, ``guessable`` for words, repetitions, dates and
    keys side by side that take too few guesses. The work is bounded, whatever the
    password. Nothing is kept, logged or shared between threads.
    """
    folded = _folded(password)
    if _digest(folded) in refused or folded in _known_words():
        return "common"
    if not folded:
        return "guessable"
    dictionaries = {"words": _known_words(), "context": _words_of(context)}
    guesses, pieces = _cheapest(folded, dictionaries)
    if guesses >= GUESSES:
        return None
    of_theirs = any(piece.get("dictionary_name") == "context" for piece in pieces)
    return "context" if of_theirs else "guessable"


def read_list(path: Path) -> frozenset[bytes]:
    """
    Return the passwords in *path*, a text file with one a line, perhaps gzipped.

    They are digests, so that a realm with a long list stays small.
    Raises :class:`OSError` for a file that cannot be read.
    """
    try:
        return frozenset(_digest(_folded(line)) for line in _lines(path))
    except (EOFError, zlib.error) as error:
        raise OSError(f"it is damaged: {error}") from error


def _lines(path: Path) -> Iterator[str]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", errors="replace") as file:
        yield from file


def _folded(text: str) -> str:
    """Return the form in which passwords are compared with words."""
    # Cut twice: folding makes up to eighteen characters of one.
    text = unicodedata.normalize("NFKC", text[:JUDGED]).casefold()
    return _SEPARATORS.sub("", text)[:JUDGED]


def _digest(folded: str) -> bytes:
    return hashlib.sha256(folded.encode("utf-8", "surrogatepass")).digest()[:8]


@cache
def _known_words() -> _Ranks:
    """Return zxcvbn's words and those of our file, each with its best rank."""
    ranks: dict[str, int] = {}
    # Copied: zxcvbn's own function, if the application calls it, puts a person's
    # words into this dictionary, which all threads share.
    for name, words in list(matching.RANKED_DICTIONARIES.items()):
        if name != "user_inputs":
            for word, rank in words.items():
                ranks[word] = min(rank, ranks.get(word, rank))
    for line in _lines(Path(__file__).with_name("common_passwords.txt.gz")):
        ranks.setdefault(line.rstrip("\n"), _RANK)
    return ranks


def _words_of(context: Iterable[str]) -> _Ranks:
    """Return the words of texts that an attacker knows, whole and in parts."""
    words: list[str] = []
    for text in context:
        folded = unicodedata.normalize("NFKC", text[:JUDGED]).casefold()
        for part in (folded, *folded.split("@")):
            pieces = re.findall(r"[^\W_]+", part)
            words += [_SEPARATORS.sub("", part), "".join(pieces), *pieces]
    long = dict.fromkeys(word for word in words if len(word) >= _SHORTEST_WORD)
    return {word: rank for rank, word in enumerate(long, 1)}


def _cheapest(text: str, dictionaries: _Dictionaries) -> tuple[float, list[_Match]]:
    """Return how many guesses *text* takes at the least, and put together of what."""
    matches = [
        match
        for matcher in _MATCHERS
        for match in matcher(text, _ranked_dictionaries=dictionaries)
    ]
    matches += _substituted(text, dictionaries)
    matches += _copies(text)
    # Without the penalty for each further piece: many cheap words are cheap.
    found = scoring.most_guessable_match_sequence(text, matches, _exclude_additive=True)
    return float(found["guesses"]), found["sequence"]


def _substituted(text: str, dictionaries: _Dictionaries) -> Iterator[_Match]:
    """
    Yield the words that show when substitutes are read as letters: ``p4ssw0rd``.

    zxcvbn tries all combinations, of which there can be hundreds; here there are two.
    """
    for table in _SUBSTITUTES:
        for match in matching.dictionary_match(text.translate(table), dictionaries):
            token, word = text[match["i"] : match["j"] + 1], match["matched_word"]
            used = {a: b for a, b in zip(token, word, strict=True) if a != b}
            if used and len(token) > 1:
                yield match | {"token": token, "l33t": True, "sub": used}


def _copies(text: str) -> Iterator[_Match]:
    """
    Yield what merely repeats something before it: ``abcabcabc``, ``one1one2``.

    zxcvbn's own matcher of repetitions takes its shared dictionaries, and sees only
    those side by side.
    """
    for start in range(1, len(text)):
        end = start + _SHORTEST_COPY
        while end <= len(text) and text.find(text[start:end], 0, end - 1) >= 0:
            end += 1
        token = text[start : end - 1]
        if len(token) >= _SHORTEST_COPY:
            yield _copy(token, start)


def _copy(token: str, start: int) -> _Match:
    return {
        "pattern": "dictionary",
        "dictionary_name": "copies",
        "i": start,
        "j": start + len(token) - 1,
        "token": token,
        "matched_word": token,
        # There are as many places that it may be a copy of.
        "rank": start,
        "reversed": False,
        "l33t": False,
    }
