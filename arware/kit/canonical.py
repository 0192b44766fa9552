"""
The one canonical form of what people type: addresses, names, user names, permissions.

Each form goes in again unchanged, so what is stored is found by what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import idna
from idna.core import check_bidi

from arware.kit.characters import is_honest

LONGEST_EMAIL = 254
LONGEST_NAME = 100
LONGEST_USERNAME = 62
#: What is longer is not even looked at: normalising takes the square of some lengths.
MOST_TYPED = 1000
MOST_PERMISSIONS = 20

# RFC 5321's dot-string. What only quoted strings, comments or address literals
# allow is left out: no provider hands it out, and parsers disagree about it.
_LOCAL_PART = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_ENCODED_WORD = re.compile(r"=\?[^?]*\?[bq]\?")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
# RFC 8264 9.1's LetterDigits; upper case is gone by then.
_LETTERS = frozenset(("Ll", "Lo", "Lm", "Nd", "Mn", "Mc"))
_WIDTHS = frozenset(("<wide>", "<narrow>"))
_ALIKE = frozenset(("LATIN", "GREEK", "CYRILLIC"))
_PERMISSION = re.compile(r"[a-z0-9*:;._-]{1,62}", re.IGNORECASE)


def canonical_email(text: str) -> str | None:
    """
    Return the one spelling of an address that is stored, or ``None`` if it is none.

    Lower case, the domain in ASCII. An address with characters that merely look like
    others is refused, never folded: folded, it would be somebody else's. So is what a
    mail program may decode into another address: RFC 2047's encoded words
    (``=?utf-8?q?...?=``) and domains that only look like IDNA.
    """
    text = text.strip(" \t")
    if len(text) > LONGEST_EMAIL or unicodedata.normalize("NFKC", text) != text:
        return None
    local, at, domain = text.lower().rpartition("@")
    if not at or len(local) > 64 or _LOCAL_PART.fullmatch(local) is None:
        return None
    if _ENCODED_WORD.search(local):
        return None
    domain = _ascii_domain(domain) or ""
    return f"{local}@{domain}" if domain else None


def _ascii_domain(domain: str) -> str | None:
    try:
        if "xn--" in domain and idna.encode(idna.decode(domain)).decode() != domain:
            return None
        if not domain.isascii():
            domain = idna.encode(domain, strict=True).decode()
    except (idna.IDNAError, UnicodeError):
        return None
    labels = domain.split(".")
    if len(domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return None
    # An all-numeric top would be an IP address, and a single label is a mistyped one.
    if labels[-1].isdigit() or (len(labels) == 1 and domain != "localhost"):
        return None
    return domain


def clean_name(text: str) -> str | None:
    """
    Return a name with single spaces, ``""`` for none, ``None`` if it cannot be one.

    Refused are control, private and unassigned characters, half pairs, what turns the
    direction of the text around it, and what is not drawn (see
    :mod:`~arware.kit.characters`): two names that look alike would not be one.
    """
    if len(text) > MOST_TYPED:
        return None
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if len(text) <= LONGEST_NAME and is_honest(text) else None


def clean_username(text: str) -> str | None:
    """
    Return the one spelling of a user name that is stored, or ``None`` if it is none.

    RFC 8265's UsernameCaseMapped (full width made ordinary, lower case, NFC) of letters
    and digits, with single ``.``, ``_`` or ``-`` between them: no blanks, no joiners,
    and nothing that reads as an e-mail address. Letters of Latin, Greek and Cyrillic,
    which look alike, do not mix.
    """
    text = text.strip(" \t")
    if len(text) > LONGEST_USERNAME:
        return None
    name = "".join(map(_ordinary, text)).lower()
    name = unicodedata.normalize("NFC", name)
    # What only compatibility knows, such as ligatures, is refused, and not folded.
    if len(name) > LONGEST_USERNAME or unicodedata.normalize("NFKC", name) != name:
        return None
    if not all(map(_is_word, re.split("[._-]", name))):
        return None
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in name}
    if len(scripts & _ALIKE) > 1:
        return None
    try:
        return name if check_bidi(name) else None
    except idna.IDNAError:
        return None


def _is_word(part: str) -> bool:
    kinds = {unicodedata.category(letter) for letter in part}
    return bool(part) and kinds <= _LETTERS and is_honest(part)


def _ordinary(letter: str) -> str:
    kind = unicodedata.decomposition(letter).partition(" ")[0]
    return unicodedata.normalize("NFKC", letter) if kind in _WIDTHS else letter


def clean_permissions(permissions: Iterable[object]) -> list[str]:
    """
    Return *permissions* without repetitions.

    Raises :class:`ValueError` for one that is not 1 to 62 letters, digits or
    ``* : ; . _ -``, and for more than 20.
    """
    kept = list(dict.fromkeys(permissions))
    for permission in kept:
        if not isinstance(permission, str) or not _PERMISSION.fullmatch(permission):
            raise ValueError(
                f"{permission!r} is not a permission: use 1 to 62 letters, digits, "
                "or * : ; . _ -"
            )
    if len(kept) > MOST_PERMISSIONS:
        raise ValueError(f"more than {MOST_PERMISSIONS} permissions")
    return [str(permission) for permission in kept]


def plain(text: str, limit: int) -> str:
    """Return *text* fit for storing and logging: ASCII on one line, cut at *limit*."""
    return "".join(c if " " <= c <= "~" else "?" for c in text[:limit])
