"""The form of API tokens, and the checksum that tells a typo from a token."""

from __future__ import annotations

import re
import zlib

import pytest

from arware.tokens.api_tokens import PREFIX, base62, is_api_token, new_api_token

TOKEN = new_api_token(bytes(range(32)))


@pytest.mark.parametrize("length", [16, 32, 47])
@pytest.mark.parametrize("byte", [0, 255])
def test_a_made_token_has_the_form(length: int, byte: int) -> None:
    """All of its random bytes are in it, the lowest and the highest too."""
    token = new_api_token(bytes([byte]) * length)

    assert re.fullmatch("art_[0-9A-Za-z]{28,70}", token)
    assert is_api_token(token)


@pytest.mark.parametrize("length", [0, 15, 48])
def test_too_little_and_too_much_makes_no_token(length: int) -> None:
    """The error says how many random bytes it takes."""
    with pytest.raises(ValueError, match="16 to 47"):
        new_api_token(bytes(length))


def test_the_checksum_is_the_crc_32_of_what_is_random() -> None:
    """Six letters and digits, as in GitHub's tokens, so that scanners can check it."""
    body, checksum = TOKEN[len(PREFIX) : -6], TOKEN[-6:]

    assert len(body) == 43
    assert checksum == base62(zlib.crc32(body.encode()), 6)


def test_f9_every_typo_of_one_letter_is_found() -> None:
    """A made-up or mistyped API token is told from a real one without asking."""
    for place, letter in enumerate(TOKEN):
        other = "x" if letter != "x" else "y"
        assert not is_api_token(TOKEN[:place] + other + TOKEN[place + 1 :])
        assert not is_api_token(TOKEN[:place] + TOKEN[place + 1 :])
    assert not is_api_token("art_" + "4" * 43)


@pytest.mark.parametrize("text", ["", "art_", TOKEN + "\n", f" {TOKEN}", f"{TOKEN}é"])
def test_what_is_no_token_at_all(text: str) -> None:
    """Nothing may stand beside it."""
    assert not is_api_token(text)
