"""Mails: drawn for whom they are for, in the transaction that causes them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import StrictUndefined as Undefined
from jinja2 import UndefinedError

from ... import mail
from ...models import MailRow
from ...realm import Realm
from ..conftest import with_ada
from ..mailbox import greeting, letters
from ..support import URL

DRAWN = f"""Good to see you, <Ada>.

{URL}/login?token=tok+%26+en


--{" "}
Local realm
{URL}/"""

Make = Callable[..., Realm]


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """Return a team's folder of templates, with a mail."""
    return greeting(tmp_path)


@pytest.fixture
def make_with(make: Make, templates: Path) -> Make:
    """Return a maker of realms that have the mail, and one user."""
    return lambda **overrides: with_ada(make(templates=templates, **overrides))


def write(realm: Realm, to: str | None = None, **values: Any) -> None:
    """Write the mail to Ada, or to an address."""
    with realm.writing() as db:
        user = realm.users()[0]
        values = {"name": "<Ada>", **values}
        mail.write(realm, db, to or user, "hello/mail", realm.now, **values)


def rows(realm: Realm) -> list[MailRow]:
    """Return the rows of the outbox."""
    with realm.reading() as db:
        # The kit knows the rows by their columns alone.
        return list(mail.outbox(realm).newest(db))  # type: ignore[arg-type]


def test_a_mail_is_drawn_for_whom_it_is_for(make_with: Make) -> None:
    """Subject and text come from one template, and end with who writes."""
    realm = make_with()
    write(realm)

    (message,) = letters(realm)
    assert message.to == "ada@example.com"
    assert message.subject == "Welcome, <Ada>"
    assert message.text == DRAWN


def test_the_html_of_a_mail_is_made_of_its_text(make_with: Make) -> None:
    """What was typed is text in it, and the realm's own links can be followed."""
    realm = make_with()
    write(realm, name="<b> https://evil.example/")

    (message,) = letters(realm)
    assert "&lt;b&gt; https://evil.example/." in message.html
    assert re.findall(r'href="([^"]*)"', message.html) == [
        f"{URL}/login?token=tok+%26+en",
        f"{URL}/",
    ]
    assert "<b>" not in message.html


def test_a_mail_may_have_html_of_its_own(make_with: Make, templates: Path) -> None:
    """A template beside the text's, with the same values."""
    own = '<a href="{{ link("login") }}">{{ name }}</a>'
    (templates / "hello" / "mail.html.jinja2").write_text(own, "utf-8")
    realm = make_with()
    write(realm)

    (message,) = letters(realm)
    assert message.html == f'<a href="{URL}/login">&lt;Ada&gt;</a>'


def test_a_code_stands_out_in_html(make_with: Make, templates: Path) -> None:
    """A line of digits by itself is what people look for; others are as they were."""
    text = """{% extends "mail.txt" %}{% block text %}
    In 2027 this works:

    1234 5678
    {% endblock %}"""
    (templates / "hello" / "code.txt").write_text(text, "utf-8")
    message = mail.draw(make_with(), "ada@example.com", "hello/code", "en", {})

    large = re.findall(r"font-size: 24px[^>]*>\s*(.*?)\s*<", message.html)

    assert large == ["1234 5678"]


def test_links_lead_to_the_configured_address(make_with: Make) -> None:
    """With its path, whatever a request had in its headers (T42)."""
    realm = make_with(url="http://localhost:8001/auth")
    write(realm)

    (message,) = letters(realm)
    assert "http://localhost:8001/auth/login?token=" in message.text


def test_a_mail_goes_to_an_address_where_there_is_no_user(make_with: Make) -> None:
    """To say there that somebody tried to sign up."""
    realm = make_with()
    write(realm, to="eve@example.com")

    assert [message.to for message in letters(realm)] == ["eve@example.com"]


def test_a_mail_that_cannot_be_drawn_undoes_its_cause(make_with: Make) -> None:
    """Nobody waits for a link that was never written."""
    realm = make_with()
    with pytest.raises(UndefinedError):
        write(realm, name=Undefined())

    assert rows(realm) == []
