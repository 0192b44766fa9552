"""Ids and digests."""

from __future__ import annotations

import pytest

from arware.kit.secrets import is_id, keyed_digest, new_id, new_secret


@pytest.mark.parametrize(
    "text",
    [
        "",
        "usr",
        "usr_",
        "usr_x",
        "org_" + "a" * 22,
        "usr_" + "é" * 22,
        "usr_" + "a" * 23,
    ],
)
def test_not_an_id(text: str) -> None:
    """An id has its prefix and 22 letters and digits."""
    assert not is_id(text, "usr")
    assert is_id(new_id("usr"), "usr")


def test_no_two_secrets_are_the_same() -> None:
    """They are 256 random bits, fit for a cookie."""
    made = {new_secret() for _ in range(50)}

    assert len(made) == 50
    assert {len(secret) for secret in made} == {43}


def test_a_digest_is_for_one_purpose_and_one_secret() -> None:
    """AK-T08, RQ-K2: it is good for nothing else; a half pair is a text, too."""
    digests = {
        keyed_digest(secret, purpose, text)
        for secret in ("one", "two")
        for purpose in ("session", "form")
        for text in ("a", "b", "\ud800")
    }

    assert len(digests) == 12
    assert keyed_digest("one", "form", "a") in digests
