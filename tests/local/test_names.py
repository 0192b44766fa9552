"""Names and addresses on pages: isolated, and nothing in them is hidden."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update

from arware.local import Realm, command
from arware.local.features.orgs.models import Org
from arware.local.models import User
from tests.local.conftest import with_people
from tests.local.support import Browser, claims_in

HIDDEN = "moc.live@\u202eada"
SHOWN = "<bdi>moc.live@[U+202E]ada</bdi>"


@pytest.fixture
def realm(make: Callable[..., Realm]) -> Realm:
    """Return a realm whose people came by such names on another way than a form."""
    realm = with_people(make())
    with realm.writing() as database:
        database.execute(update(User).values(first_name=HIDDEN, last_name=None))
        database.execute(update(Org).values(name=HIDDEN))
    return realm


@pytest.mark.parametrize("path", ["/accounts?force", "/logout", "/account/"])
def test_f10_every_page_shows_a_name_as_it_is(realm: Realm, path: str) -> None:
    """A name with U+202E does not show as another one, nor turn the text around it."""
    browser = Browser(realm)
    first = claims_in(browser.log_in().location)["orgs"][0]["oid"]
    text = browser.get(path + (first if path == "/account/" else "")).text

    assert SHOWN in text
    # A field is isolated by itself, and has to hold what is to be saved.
    assert "\u202e" not in text.replace(f'value="{HIDDEN}"', "")


def test_f10_an_address_is_shown_as_it_is(realm: Realm) -> None:
    """Also where the address stands alone."""
    with realm.writing() as database:
        database.execute(update(User).values(first_name=None))
    browser = Browser(realm)
    browser.log_in()
    with realm.writing() as database:
        changed = update(User).where(User.email == "ada@example.com")
        database.execute(changed.values(email=HIDDEN))
    for path in ("/login?prompt=login", "/logout", "/accounts?force"):
        assert SHOWN in browser.get(path).text


def test_f10_the_terminal_shows_it_too(
    realm: Realm, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name may hold what a terminal obeys."""
    database = realm.settings.database.render_as_string()
    ini = tmp_path / "realm.ini"
    ini.write_text(f"[realm]\ndatabase = {database}\n")
    parser = argparse.ArgumentParser()
    command.add_parsers(parser.add_subparsers())
    arguments = parser.parse_args(["user", "list", "--config", str(ini)])
    assert arguments.run(arguments) == 0

    said = capsys.readouterr().out
    assert "moc.live@[U+202E]ada" in said
    assert "\u202e" not in said
