"""
Ids that say why something was refused, to who has the secret, and nothing to others.

Nothing is stored: such an id holds when it was, why, and about whom, in one block of
AES. To make one costs the same whatever it says, and two are never alike, so that who
is refused cannot learn from them what the page does not tell.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from arware.kit.secrets import body_of, is_id
from arware.tokens.api_tokens import ALPHABET

PREFIX = "rf"

#: Of whom it is about it holds so much of the id: 48 bits.
HEAD = 8
_HEADS = len(ALPHABET) ** HEAD


@dataclass(frozen=True, slots=True)
class Reference:
    """What an id says: the time, why, and how the body of somebody's id begins."""

    at: int
    cause: str
    about: str = ""


def write(key: str, reference: Reference) -> str:
    """Return a new id for *reference*; *key* is 32 bytes in hexadecimal."""
    head = _number(reference.about[:HEAD])
    if not reference.about:  # beyond all that can be: another one each time
        head = _HEADS + secrets.randbelow((1 << 48) - _HEADS)
    block = (
        reference.at.to_bytes(4)
        + _digest(reference.cause)
        + head.to_bytes(6)
        + secrets.token_bytes(3)
    )
    return f"{PREFIX}_{body_of(_cipher(key).encryptor().update(block))}"


def read(
    keys: Iterable[str], text: str, causes: Iterable[str], now: int
) -> Reference | None:
    """
    Return what the id *text* says, if it was made with one of *keys*.

    ``None`` is for what is no such id, for one with a cause that is none of *causes*,
    and for one of a time that has not come: so what is mistyped is found out.
    """
    number = _number(text.removeprefix(f"{PREFIX}_"))
    if not is_id(text, PREFIX) or number >= 1 << 128:
        return None
    known = {_digest(cause): cause for cause in causes}
    for key in keys:
        block = _cipher(key).decryptor().update(number.to_bytes(16))
        at, cause = int.from_bytes(block[:4]), known.get(block[4:7])
        if cause is not None and at <= now + 60:
            head = int.from_bytes(block[7:13])
            about = body_of(head.to_bytes(8))[-HEAD:] if head < _HEADS else ""
            return Reference(at, cause, about)
    return None


def _cipher(key: str) -> Cipher[ECB]:
    # One block, and a part of it is random: there is nothing to chain.
    return Cipher(AES(bytes.fromhex(key)), ECB())  # noqa: S305


def _digest(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()[:3]


def _number(text: str) -> int:
    number = 0
    for letter in text:
        number = number * len(ALPHABET) + max(0, ALPHABET.find(letter))
    return number
