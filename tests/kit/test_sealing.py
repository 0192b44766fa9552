"""What is sealed is opened by its own row alone, and only while its secret is there."""

from __future__ import annotations

import re
import threading

import pytest

from arware.kit.sealing import CannotOpen, Sealer
from tests.kit.tables import NEW, OLD

TEXT = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

#: Sealed in an earlier release: stored values must stay readable.
KEPT = (
    "1.d4d238da5466.KC9GpxA-JqZrRLMmQH9Kmq6WBZPM8Ys53JNKB1hCwdQKz"
    "xYZjV4ilUha88zclRaBHH4XL3RsYQFmNJfB"
)


def sealed_by(*secrets: str, text: str = TEXT) -> str:
    """Return *text* sealed for one purpose and row."""
    return Sealer(secrets).seal(text, purpose="totp", row="usr_1")


@pytest.mark.parametrize("text", ["", TEXT, "grün\0\n", "x" * 100_000])
def test_what_was_sealed_comes_back(text: str) -> None:
    """Whatever its length and its characters."""
    sealer = Sealer([NEW])

    assert sealer.open(sealed_by(NEW, text=text), purpose="totp", row="usr_1") == text


@pytest.mark.parametrize(("length", "stored"), [(0, 53), (32, 95), (3000, 4053)])
def test_the_length_of_a_sealed_value_is_known(length: int, stored: int) -> None:
    """So that a column can be made for it."""
    assert len(sealed_by(NEW, text="x" * length)) == stored


def test_a_sealed_value_is_plain_text_that_does_not_tell_what_it_holds() -> None:
    """No two are the same, and neither the text nor a secret stands in it."""
    first, second = sealed_by(NEW), sealed_by(NEW)

    assert first != second
    assert first.isascii()
    assert TEXT not in first
    assert NEW not in first


def test_how_a_sealed_value_begins_can_be_looked_for_in_a_database() -> None:
    """Nothing in it is a wildcard of LIKE, or is written in two cases."""
    prefix = Sealer([NEW, OLD]).prefix

    assert sealed_by(NEW, OLD).startswith(prefix)
    assert re.fullmatch(r"1\.[0-9a-f]{12}\.", prefix)


@pytest.mark.parametrize(
    ("purpose", "row"), [("mail", "usr_1"), ("totp", "usr_2"), ("totp", ""), ("t", "")]
)
def test_a_value_that_was_moved_cannot_be_opened(purpose: str, row: str) -> None:
    """Who can write to the database cannot give one row the value of another."""
    with pytest.raises(CannotOpen, match="another row") as caught:
        Sealer([NEW]).open(sealed_by(NEW), purpose=purpose, row=row)

    assert caught.value.reason == "altered"


def test_any_altered_character_is_noticed() -> None:
    """Wherever it stands, and whichever of the parts it belongs to."""
    sealer, sealed = Sealer([NEW]), sealed_by(NEW)

    for place, character in enumerate(sealed):
        other = "B" if character == "A" else "A"
        altered = sealed[:place] + other + sealed[place + 1 :]
        with pytest.raises(CannotOpen):
            sealer.open(altered, purpose="totp", row="usr_1")


@pytest.mark.parametrize(
    "text", ["", ".", "..", "1", "1..", "1.abc", "1.abc.@@@@", "2.0123.AAAA", TEXT]
)
def test_what_was_never_sealed_is_told_apart(text: str) -> None:
    """A plain value in the column is a fault of its own."""
    with pytest.raises(CannotOpen) as caught:
        Sealer([NEW]).open(text, purpose="totp", row="usr_1")

    assert caught.value.reason == "malformed"


def test_after_a_rotation_old_values_open_and_are_due_for_renewal() -> None:
    """The first secret seals, all of them open."""
    old, rotated = sealed_by(OLD), Sealer([NEW, OLD])
    renewed = rotated.seal(TEXT, purpose="totp", row="usr_1")

    assert rotated.open(old, purpose="totp", row="usr_1") == TEXT
    assert rotated.is_stale(old)
    assert not rotated.is_stale(renewed)
    assert Sealer([NEW]).open(renewed, purpose="totp", row="usr_1") == TEXT


def test_without_its_secret_a_value_is_lost_and_the_error_says_what_to_do() -> None:
    """It names the key that is missing, and none of what was sealed."""
    old = sealed_by(OLD)

    with pytest.raises(CannotOpen, match="put it back, behind the others") as caught:
        Sealer([NEW]).open(old, purpose="totp", row="usr_1")

    assert caught.value.reason == "unknown_key"
    assert old.split(".")[1] in str(caught.value)
    assert old.split(".")[2] not in str(caught.value)


def test_what_an_earlier_release_sealed_can_be_opened() -> None:
    """The format and the derivation of keys stay as they are."""
    assert Sealer([OLD]).open(KEPT, purpose="totp", row="usr_1") == TEXT


def test_no_secret_is_in_the_representation_of_a_sealer() -> None:
    """Nor in that of an error."""
    sealer = Sealer([NEW, OLD])

    assert repr(sealer) == "Sealer(2 secrets)"


def test_a_sealer_needs_a_secret() -> None:
    """An empty list of them is a mistake that is told at once."""
    with pytest.raises(ValueError, match="at least one"):
        Sealer([])


def test_many_threads_may_use_one_sealer() -> None:
    """Each gets back what it sealed."""
    sealer = Sealer([NEW, OLD])
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(50):
            purpose, text = f"p{turn % 5}", f"{number} {turn}"
            sealed = sealer.seal(text, purpose=purpose, row=str(number))
            if sealer.open(sealed, purpose=purpose, row=str(number)) != text:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
