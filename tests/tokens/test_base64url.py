"""Base64url in its one spelling."""

from __future__ import annotations

import base64
import os

import pytest

from arware.tokens.jwt import base64url


def encoded(data: bytes) -> str:
    """Return *data* as the standard library spells it, without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize("size", range(1, 70))
def test_what_is_well_spelled_is_decoded(size: int) -> None:
    """Every length and every end comes back as it was."""
    data = os.urandom(size)

    assert base64url.decode(encoded(data)) == data


@pytest.mark.parametrize(
    "text",
    ["", "A", "AAAAA", "AB", "AAB", "AA=", "AA==", "+/AA", "AA A", "AA\n", "é"],
)
def test_any_other_spelling_is_none(text: str) -> None:
    """Spare bits, padding, the other alphabet and junk are all refused."""
    assert base64url.decode(text) is None


def test_each_value_has_one_spelling() -> None:
    """Of all texts of two and three characters, those decode that encode again."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    texts = [a + b for a in alphabet for b in alphabet]
    texts += ["A" + text for text in texts]
    decoded = [(text, base64url.decode(text)) for text in texts]

    assert [t for t, data in decoded if data is not None and encoded(data) != t] == []
    assert sum(data is not None for _, data in decoded) == 256 + 1024
