"""
Authkit's own sentences about asking for a new password (AK-X04, 11), a test for each.

There somebody unknown was told so (AK-B03). Here all are told the same.
"""

from __future__ import annotations

from typing import Any

import pytest

from ...realm import Realm
from ..conftest import Make, with_ada
from ..mailbox import letters
from ..support import ADA, PASSWORD, Browser, needs, plain
from .journeys import ask

pytestmark = needs("password")

NOBODY = "nobody@example.com"


def post(realm: Realm, name: str) -> Any:
    """Ask as a program does."""
    return Browser(realm).app.post_json("/password/reset", {"email": name}, status=204)


def mailed(realm: Realm) -> list[str]:
    """Return to whom mails were written."""
    return [mail.to for mail in letters(realm)]


def test_ak_x04_1_there_is_a_page(browser: Browser) -> None:
    """With a form for the address (AK-R07)."""
    assert "email" in browser.get("/password/reset").form.fields


def test_ak_x04_2_it_leads_on(browser: Browser) -> None:
    """To a page that says what to do (AK-R08)."""
    assert "Check your e-mail" in ask(browser).follow()


def test_ak_x04_3_an_address_finds_the_user(realm: Realm, browser: Browser) -> None:
    """Who gets the mail."""
    ask(browser, ADA)

    assert mailed(realm) == [ADA]


def test_ak_x04_4_so_does_a_user_name(make: Make) -> None:
    """At the address that is known."""
    realm = make()
    realm.add_user(ADA, PASSWORD, username="countess")
    ask(Browser(realm), "countess")

    assert mailed(realm) == [ADA]


@needs("account")
def test_ak_x04_5_asking_logs_nobody_out(browser: Browser) -> None:
    """Strangers can ask, too; the new password ends the logins."""
    browser.log_in()
    ask(browser)

    assert ADA in browser.get("/profile")


def test_ak_x04_6_who_is_found_gets_a_link(realm: Realm, browser: Browser) -> None:
    """One."""
    ask(browser)

    assert ["token=" in mail.text for mail in letters(realm)] == [True]


@pytest.mark.parametrize("name", [NOBODY, "nobody", "="])
def test_ak_x04_7_nobody_else_does(realm: Realm, browser: Browser, name: str) -> None:
    """There is nobody to send it to."""
    ask(browser, name)

    assert mailed(realm) == []


def test_ak_x04_8_capital_letters_do_not_matter(make: Make) -> None:
    """Nor blanks around it (AK-B17)."""
    realm = with_ada(make())
    ask(Browser(realm), " ADA@EXAMPLE.COM ")

    assert mailed(realm) == [ADA]


def test_ak_x04_9_a_program_gets_204(realm: Realm) -> None:
    """And the mail is sent (AK-H01)."""
    assert post(realm, ADA).body == b""
    assert mailed(realm) == [ADA]


def test_ak_x04_10_somebody_unknown_is_told_the_same(realm: Realm) -> None:
    """On the page, and on the one that it leads to (AK-B03, RQ-E1)."""
    known, unknown = ask(Browser(realm)), ask(Browser(realm), NOBODY)

    assert plain(known) == plain(unknown)
    assert plain(known.follow()) == plain(unknown.follow())


def test_ak_x04_11_so_is_a_program(realm: Realm) -> None:
    """Whatever it asks for."""
    assert plain(post(realm, ADA)) == plain(post(realm, NOBODY))
