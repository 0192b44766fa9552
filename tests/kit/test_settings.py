"""Settings of features: read strictly from text or values, asked for by their type."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from arware.kit.settings import FeatureSettings, preset, section_of
from arware.settings.values import InvalidValue, read_number


@dataclass(frozen=True)
class EmailChange:
    """One field of each type."""

    minutes: Annotated[int, read_number(5, 60)] = 30
    tries: int = 3
    told: bool = True
    mode: Literal["soft", "required"] = "soft"
    sender: str = "login@example.com"
    topics: tuple[str, ...] = ("a",)
    folder: Path = Path("mail")
    reply: str | None = None


@dataclass(frozen=True)
class Totp:
    """Another feature, with more digits in a preset."""

    digits: Annotated[int, read_number(6, 8), preset(long=8)] = 6


def read(**values: Any) -> FeatureSettings:
    """Return the settings of both features; a ``__`` stands for a dot."""
    settings = FeatureSettings({n.replace("__", "."): v for n, v in values.items()})
    settings.add(EmailChange)
    settings.add(Totp)
    return settings


def test_what_is_not_given_is_the_default() -> None:
    """Without a value the class's own holds; blank text is no value."""
    settings = read(email_change__minutes=" ", email_change__sender="")

    assert settings[EmailChange] == EmailChange()
    assert settings[Totp].digits == 6
    assert settings.faults == []


@pytest.mark.parametrize(
    ("name", "given", "digits"),
    [
        ("long", {}, 8),
        ("long", {"totp.digits": ""}, 8),
        ("long", {"totp.digits": "6"}, 6),
        ("long", {"totp": Totp()}, 6),
        ("short", {}, 6),
    ],
)
def test_a_preset_is_what_is_not_given(
    name: str, given: dict[str, Any], digits: int
) -> None:
    """What is given wins, though it is the default; another preset says nothing."""
    settings = FeatureSettings(given, name)
    settings.add(Totp)

    assert settings[Totp].digits == digits


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("minutes", " 15 ", 15),
        ("minutes", 60, 60),
        ("tries", "0", 0),
        ("told", "no", False),
        ("told", False, False),
        ("mode", "required", "required"),
        ("sender", " a@b.example ", "a@b.example"),
        ("topics", "x  y\nz", ("x", "y", "z")),
        ("topics", ["x", "y"], ("x", "y")),
        ("topics", (), ()),
        ("folder", "some/where", Path("some/where")),
        ("folder", Path("x"), Path("x")),
        ("reply", "a", "a"),
        ("reply", None, None),
    ],
)
def test_values_are_read_by_the_type_of_their_field(
    name: str, given: object, meant: object
) -> None:
    """Text, as ini files have it, and values mean the same."""
    settings = read(**{f"email_change__{name}": given})

    assert getattr(settings[EmailChange], name) == meant
    assert settings.faults == []


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("minutes", 4),
        ("minutes", "61"),
        ("minutes", True),
        ("minutes", "ten"),
        ("minutes", 5.5),
        ("tries", -1),
        ("tries", 2**31),
        ("told", "perhaps"),
        ("mode", "off"),
        ("sender", 1),
        ("sender", None),
        ("topics", 1),
        ("topics", [1]),
        ("folder", 1),
        ("reply", 1),
    ],
)
def test_what_cannot_be_read_is_a_fault(name: str, given: object) -> None:
    """It names the setting as it was written, and the default holds meanwhile."""
    settings = read(**{f"email_change__{name}": given})

    assert [fault.setting for fault in settings.faults] == [f"email_change.{name}"]
    assert settings[EmailChange] == EmailChange()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("email_change__minuts", "email_change.minutes"),
        ("emailchange__minutes", "email_change.minutes"),
        ("totp__digit", "totp.digits"),
        ("nothing__of_the_kind", "reference"),
        ("totp", "reference"),
    ],
)
def test_a_name_that_no_feature_has(name: str, hint: str) -> None:
    """The fault says which one is near."""
    (fault,) = read(**{name: 1}).faults

    assert fault.kind == "unknown"
    assert hint in fault.fix


def test_a_whole_object_is_given() -> None:
    """Its values count, and single ones count more."""
    settings = read(email_change=EmailChange(minutes=10), email_change__tries=7)

    assert settings[EmailChange] == EmailChange(minutes=10, tries=7)
    assert settings.faults == []


def test_the_values_of_an_object_are_checked_too() -> None:
    """A dataclass itself takes anything."""
    (fault,) = read(email_change=EmailChange(minutes=1)).faults

    assert fault.setting == "email_change.minutes"


def test_what_was_not_added_cannot_be_asked_for() -> None:
    """A feature that is left out has no settings, and what names them is a fault."""
    settings = FeatureSettings({"totp.digits": 8})

    with pytest.raises(KeyError):
        settings[Totp]
    assert [fault.setting for fault in settings.faults] == ["totp.digits"]


def test_adding_twice_changes_nothing() -> None:
    """The object stays the same one, and faults are told once."""
    settings = FeatureSettings({"totp.digits": "x"})
    settings.add(Totp)
    known = settings[Totp]
    settings.add(Totp)

    assert settings[Totp] is known
    assert len(settings.faults) == 1


def test_no_value_shows() -> None:
    """A value may be a secret."""
    settings = read(email_change__reply="s3cret")

    assert "s3cret" not in repr(settings)


@dataclass
class Thawed:
    """It could be changed."""

    a: int = 1


@dataclass(frozen=True)
class Demanding:
    """It cannot be made without a value."""

    a: int


@dataclass(frozen=True)
class Strange:
    """Its type is none that text can mean."""

    a: complex = 0j


@pytest.mark.parametrize("kind", [Thawed, Demanding, Strange, int])
def test_a_class_that_cannot_hold_settings(kind: type) -> None:
    """That is a fault of the feature, found by its first test."""
    with pytest.raises(TypeError):
        FeatureSettings({}).add(kind)


def test_names_of_sections() -> None:
    """They are the class's name in snake case."""
    assert section_of(EmailChange) == "email_change"
    assert section_of(Totp) == "totp"


@dataclass(frozen=True)
class Span:
    """Settings that contradict one another where the end comes first."""

    start: int = 0
    end: int = 0

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise InvalidValue("it ends before it starts", "Set span.end")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"span.start": 2, "span.end": 3}, []),
        ({"span.start": 2, "span.end": 1}, ["span"]),
        ({"span.start": 2, "span.end": "x"}, ["span.end"]),
    ],
)
def test_values_that_contradict_one_another_are_one_fault(
    values: dict[str, object], told: list[str]
) -> None:
    """Unless one of them is wrong by itself: then that is told."""
    settings = FeatureSettings(values)
    settings.add(Span)

    assert [fault.setting for fault in settings.faults] == told
    assert settings[Span].start in (0, 2)
