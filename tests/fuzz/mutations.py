"""Ways to spoil a text: by the byte, by the segment, by the JSON inside."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
STRANGE = (
    "=", "+", "/", ".", "..", " ", "\t", "\n", "\r\n", "\0", ";", ",", '"', "'", "%",
    "%00", "%2e", "\\", "//", "\x7f", "\x85", "\xa0", "\xff", "\u2028", "\ufeff",
    "\uff0e", "\U0001f600", "\udc80", "\ud800", "{", "}", "[", "null", "A" * 100, "$",
    "#", "&",
)  # fmt: skip

Mutator = Callable[[Random, str, Sequence[str]], str]


def _flip(random: Random, text: str, seeds: Sequence[str]) -> str:
    at = random.randrange(len(text))
    return text[:at] + random.choice(ALPHABET) + text[at + 1 :]


def _bit(random: Random, text: str, seeds: Sequence[str]) -> str:
    at = random.randrange(len(text))
    return text[:at] + chr(ord(text[at]) ^ 1 << random.randrange(8)) + text[at + 1 :]


def _last(random: Random, text: str, seeds: Sequence[str]) -> str:
    """Change the last letter of a segment: its spare bits."""
    parts = text.split(".")
    at = random.randrange(len(parts))
    parts[at] = parts[at][:-1] + random.choice(ALPHABET)
    return ".".join(parts)


def _insert(random: Random, text: str, seeds: Sequence[str]) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(STRANGE) + text[at:]


def _surround(random: Random, text: str, seeds: Sequence[str]) -> str:
    some = random.choice(STRANGE)
    return random.choice((some + text, text + some, some + text + some))


def _delete(random: Random, text: str, seeds: Sequence[str]) -> str:
    at = random.randrange(len(text))
    return text[:at] + text[at + random.randrange(1, 20) :]


def _cut(random: Random, text: str, seeds: Sequence[str]) -> str:
    return text[: random.randrange(len(text))]


def _repeat(random: Random, text: str, seeds: Sequence[str]) -> str:
    at = random.randrange(len(text))
    size = random.randrange(1, 200)
    return text[:at] + text[at : at + size] * random.randrange(2, 4) + text[at + size :]


def _splice(random: Random, text: str, seeds: Sequence[str]) -> str:
    other = random.choice(seeds)
    return (
        text[: random.randrange(len(text))] + other[random.randrange(len(other) or 1) :]
    )


def _segments(random: Random, text: str, seeds: Sequence[str]) -> str:
    """Drop, double, swap or borrow a segment."""
    parts = text.split(".")
    other = random.choice(seeds).split(".")
    at = random.randrange(len(parts))
    what = random.randrange(4)
    if what == 0:
        parts.pop(at)
    elif what == 1:
        parts.insert(at, parts[at])
    elif what == 2:
        random.shuffle(parts)
    else:
        parts[at] = other[at % len(other)]
    return ".".join(parts)


def _case(random: Random, text: str, seeds: Sequence[str]) -> str:
    at, size = random.randrange(len(text)), random.randrange(1, 9)
    return text[:at] + text[at : at + size].swapcase() + text[at + size :]


def _noise(random: Random, text: str, seeds: Sequence[str]) -> str:
    return "".join(random.choice(ALPHABET) for _ in range(random.randrange(400)))


VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1e308, 2**70, "", "none", "HS256", "RS256", "ES256",
    [], {}, ["RS256"], {"a": 1}, "usr_root", "https://authrocket.com", "\0", "\ud800",
    9999999999, 253402300799, [[[[]]]], "x" * 300,
)  # fmt: skip


def _json(random: Random, text: str, seeds: Sequence[str]) -> str:
    """Change what the header or the claims say, and keep the signature."""
    parts = text.split(".")
    at = random.randrange(min(2, len(parts)))
    try:
        data = base64.urlsafe_b64decode(parts[at] + "=" * (-len(parts[at]) % 4))
        value = json.loads(data)
    except (ValueError, RecursionError):
        return _flip(random, text, seeds)
    if not isinstance(value, dict) or not value:
        return _flip(random, text, seeds)
    what = random.randrange(5)
    name = random.choice([*value, "alg", "kid", "crit", "jwk", "exp", "sub", "iss"])
    if what == 0:
        value.pop(name, None)
    else:
        value[name] = random.choice(VALUES)
    made = json.dumps(value, separators=(",", ":"), ensure_ascii=random.random() < 0.8)
    if what == 4:  # the same again behind: repeated names
        made = made[:-1] + "," + made[1:]
    encoded = made.encode("utf-8", "surrogatepass")
    if random.random() < 0.1:
        encoded = made.encode("utf-16", "surrogatepass")
    parts[at] = base64.urlsafe_b64encode(encoded).rstrip(b"=").decode()
    return ".".join(parts)


def _bytes(random: Random, text: str, seeds: Sequence[str]) -> str:
    """Change one byte of what a segment encodes."""
    parts = text.split(".")
    at = random.randrange(len(parts))
    try:
        data = bytearray(
            base64.urlsafe_b64decode(parts[at] + "=" * (-len(parts[at]) % 4))
        )
    except ValueError:
        return _flip(random, text, seeds)
    if data:
        data[random.randrange(len(data))] = random.randrange(256)
    parts[at] = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    return ".".join(parts)


MUTATORS: tuple[Mutator, ...] = (
    _flip, _flip, _bit, _last, _last, _insert, _surround, _delete, _cut, _repeat,
    _splice, _segments, _case, _noise, _json, _json, _json, _bytes,
)  # fmt: skip


def mutate(random: Random, seeds: Sequence[str]) -> str:
    """Return one of *seeds*, spoilt once or a few times."""
    text = random.choice(seeds)
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        text = random.choice(MUTATORS)(random, text or ".", seeds)
    return text


def mutate_text(random: Random, seeds: Sequence[str]) -> str:
    """Return one of *seeds* or two together, with strange pieces in it."""
    text = random.choice(seeds)
    for _ in range(random.randrange(1, 4)):
        mutator = random.choice((_insert, _surround, _delete, _repeat, _splice, _bit))
        text = mutator(random, text or "/", seeds)
    return text
