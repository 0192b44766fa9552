"""Forms: declared once, read strictly, all faults at once."""

from __future__ import annotations

from typing import Any

import pytest

from arware.kit.web import Form, Reason, Refused, forms, raise_all

FULL = Reason("full", "Full.")


def halve(text: str) -> str | None:
    """Return the first half of a text of an even length."""
    return text[: len(text) // 2] if len(text) % 2 == 0 else None


class Person(Form):
    """One field of each kind."""

    email = forms.email("E-mail address")
    password = forms.password("Password", "new-password", required=False)
    nick = forms.text("Nick", maxlength=6, required=False, clean=halve, invalid=FULL)
    code = forms.code("Code", required=False)
    back = forms.hidden()
    agrees = forms.checkbox("I agree")


class Friend(Person):
    """A field more."""

    since = forms.text("Since", required=False)


def read(**typed: str) -> Person:
    """Return the checked form."""
    form = Person({"email": "ada@example.com", **typed})
    form.check()
    return form


def test_a_form_has_its_fields_as_values() -> None:
    """Of the type that the field declares, cleaned."""
    form = read(
        email=" Ada@EXAMPLE.com ",
        password="  two words  ",
        nick="abcd",
        code=" 12-34 56 ",
        back="/x?y=z",
        agrees="on",
    )

    assert form.email == "ada@example.com"
    assert form.password == "  two words  "
    assert form.nick == "ab"
    assert form.code == "123456"
    assert form.back == "/x?y=z"
    assert form.agrees is True


def test_what_is_absent_is_empty() -> None:
    """Fields that are not required need not be sent."""
    form = read()

    assert (form.password, form.nick, form.code, form.back) == ("", "", "", "")
    assert form.agrees is False


@pytest.mark.parametrize("text", ["", " ", "0", "false", "No", "off"])
def test_a_box_that_is_not_ticked(text: str) -> None:
    """It may be said in several ways."""
    assert read(agrees=text).agrees is False


@pytest.mark.parametrize(
    ("field", "text", "word"),
    [
        ("email", "", "missing"),
        ("email", "  ", "missing"),
        ("email", "ada@", "email_invalid"),
        ("email", f"{'x' * 250}@example.com", "too_long"),
        ("email", "ada@example.com\x00", "characters"),
        ("password", "x" * 1025, "too_long"),
        ("nick", "abcdefg", "too_long"),
        ("nick", "abc", "full"),
        ("nick", "a\nb", "characters"),
        ("nick", "a\x7f", "characters"),
        ("nick", "a\x85b", "characters"),
        ("nick", "\ud800", "characters"),
        ("back", "/\x01", "characters"),
        ("code", "1" * 51, "too_long"),
    ],
)
def test_a_field_says_what_is_wrong(field: str, text: str, word: str) -> None:
    """By a stable word, and with its own name."""
    with pytest.raises(Refused) as caught:
        read(**{field: text})

    assert (caught.value.field, caught.value.reason.word) == (field, word)


def test_all_faults_are_found_at_once() -> None:
    """In the order of the fields."""
    with pytest.raises(Refused) as caught:
        read(email="x", nick="abc", code="1" * 99)

    assert [one.field for one in caught.value.all] == ["email", "nick", "code"]


def test_a_password_may_hold_whatever_can_be_typed() -> None:
    """Nothing is taken off or refused (NIST SP 800-63B-4 3.1.1.2)."""
    assert read(password=" \t🦊 ").password == " \t🦊 "


def test_what_is_no_field_is_left_out() -> None:
    """A form holds nothing that it does not declare."""
    assert "state" not in Person({"state": "admin"}).typed


def test_a_form_can_extend_another() -> None:
    """The other one stays as it is."""
    assert list(Friend.fields) == [*Person.fields, "since"]
    assert "since" not in Person.fields


def test_a_field_of_the_class_is_its_declaration() -> None:
    """So that templates and programs can ask for it."""
    assert Person.email.autocomplete == "username"
    assert Person.email.kind == "email"
    assert Person.nick.maxlength == 6


def test_a_form_does_not_show_what_was_typed() -> None:
    """It may be a password."""
    assert "secret" not in repr(Person({"password": "secret"}))


def test_several_refusals_become_one() -> None:
    """Those that hold others, too; none is no refusal."""
    first, second, third = (Refused(FULL, name) for name in "abc")
    second.also = (third,)

    raise_all([])
    with pytest.raises(Refused) as caught:
        raise_all([first, second])

    assert caught.value.all == (first, second, third)


@pytest.mark.parametrize(
    ("text", "params", "said"),
    [
        ("Wait ${minutes} minutes.", {"minutes": 2}, "Wait 2 minutes."),
        ("Wait.", {}, "Wait."),
        ("Wait.", {"minutes": 2}, "Wait."),
    ],
)
def test_a_text_has_parameters(text: str, params: dict[str, Any], said: str) -> None:
    """They are filled in where the text names them."""
    refused = Refused(Reason("wait", text), **params)
    whole: Any = refused.text

    assert getattr(whole, "interpolate", lambda: whole)() == said


@pytest.mark.parametrize("ticked", [True, False])
def test_a_box_may_be_ticked_before_somebody_touches_it(ticked: bool) -> None:
    """The field says so; what is sent decides nevertheless."""
    box = forms.checkbox("I agree", ticked=ticked)

    assert box.read(box.initial) is ticked
    assert box.read("") is False
