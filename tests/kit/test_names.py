"""Whole names, in two parts."""

from __future__ import annotations

import pytest

from arware.kit.names import split_name


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Ada King", "Ada", "King"),
        ("  Ada   Augusta  King ", "Ada Augusta", "King"),
        ("King, Ada", "Ada", "King"),
        ("de la Cruz, María José", "María José", "de la Cruz"),
        ("Vincent van Gogh", "Vincent", "van Gogh"),
        ("Juan de la Cruz", "Juan", "de la Cruz"),
        ("Ursula von der Leyen", "Ursula", "von der Leyen"),
        ("Miles O'Brien", "Miles", "O'Brien"),
        ("J. R. R. Tolkien", "J. R. R.", "Tolkien"),
        ("JRR Tolkien", "JRR", "Tolkien"),
        ("Sammy Davis Jr.", "Sammy", "Davis Jr."),
        ("Sammy Davis, Jr.", "Sammy", "Davis, Jr."),
        ("Gerard 't Hooft", "Gerard", "'t Hooft"),
        ("José Ortega y Gasset", "José Ortega", "y Gasset"),
        ("Van Morrison", "Van", "Morrison"),
        ("Madonna", "Madonna", ""),
        ("De", "De", ""),
        ("Jr.", "Jr.", ""),
        ("山田太郎", "山田太郎", ""),
        (",", "", ""),
        ("", "", ""),
    ],
)
def test_ak_f23_a_whole_name_has_two_parts(text: str, given: str, family: str) -> None:
    """Particles and suffixes go with the family name, initials with the given one."""
    assert split_name(text) == (given, family)


@pytest.mark.parametrize("word", ["van ", "Jr. ", ", ", "x "])
def test_a_long_one_takes_no_time(word: str) -> None:
    """Whatever it is made of."""
    split_name(word * 10_000)
