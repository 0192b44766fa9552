"""The one canonical form of what people type: e-mail addresses, names, permissions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import idna

LONGEST_EMAIL = 254
LONGEST_NAME = 100
#: What is longer is not even looked at: normalising takes the square of some lengths.
MOST_TYPED = 1000
MOST_PERMISSIONS = 20

# RFC 5321's dot-string. What only quoted strings, comments or address literals
# allow is left out: no provider hands it out, and parsers disagree about it.
_LOCAL_PART = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PERMISSION = re.compile(r"[a-z0-9*:;._-]{1,62}", re.IGNORECASE)


def canonical_email(text: str) -> str | None:
    """
    Return the one spelling of an address that is stored, or ``None`` if it is none.

    Lower case, the domain in ASCII. An address with characters that merely look like
    others is refused, never folded: folded, it would be somebody else's.
    """
    text = text.strip(" \t")
    if len(text) > LONGEST_EMAIL or unicodedata.normalize("NFKC", text) != text:
        return None
    local, at, domain = text.lower().rpartition("@")
    if not at or len(local) > 64 or _LOCAL_PART.fullmatch(local) is None:
        return None
    domain = _ascii_domain(domain) or ""
    return f"{local}@{domain}" if domain else None


def _ascii_domain(domain: str) -> str | None:
    if not domain.isascii():
        try:
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

    Control, private and unassigned characters and half pairs are refused, and so is
    what turns the direction of the text around it.
    """
    if len(text) > MOST_TYPED:
        return None
    text = " ".join(unicodedata.normalize("NFC", text).split())
    if len(text) > LONGEST_NAME or any(not _is_fit(letter) for letter in text):
        return None
    return text


def _is_fit(letter: str) -> bool:
    category = unicodedata.category(letter)
    if category == "Cf":
        # Joiners are part of words and of emoji; other format characters deceive.
        return letter in "\u200c\u200d"
    return category not in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")


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
