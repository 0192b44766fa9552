"""
Authkit's own sentences about the account page (AK-X07, 12), one test for each.

What was one form is here one for each thing: names, address, user name, password.
"""

from __future__ import annotations

from typing import Any

import pytest

from ...realm import Realm
from ..conftest import find
from ..mailbox import letters
from ..support import ADA, PASSWORD, URL, Browser, needs

pytestmark = needs("password")

NEW = "ada@elsewhere.example"


@pytest.fixture
def inside(browser: Browser) -> Browser:
    """Return a browser in which Ada is logged in."""
    browser.log_in()
    return browser


def post(browser: Browser, path: str, status: int, **fields: str) -> Any:
    """Send *fields* as a program does."""
    return browser.app.post_json(path, fields, headers={"Origin": URL}, status=status)


def change_address(browser: Browser, email: str, status: int = 204) -> None:
    """Ask for another address."""
    post(browser, "/profile/email", status, email=email, current_password=PASSWORD)


def test_ak_x07_1_the_page_needs_a_login(browser: Browser) -> None:
    """It leads there, and back."""
    assert "/login?then=%2Fprofile" in browser.get("/profile", 303).location


def test_ak_x07_2_a_change_needs_a_login(realm: Realm, browser: Browser) -> None:
    """Nothing is changed before it."""
    post(browser, "/profile/details", 403, first_name="Eve")

    assert find(realm, ADA).first_name == "Ada"


def test_ak_x07_3_there_is_a_page(inside: Browser) -> None:
    """With what is there filled in (AK-F22, AK-R12)."""
    forms = inside.get("/profile").forms.values()
    (names,) = (form for form in forms if form.action == "/profile/details")

    assert (names["first_name"].value, names["last_name"].value) == ("Ada", "L")


@needs("email_change")
def test_ak_x07_4_an_address_that_stays_sends_no_mail(
    realm: Realm, inside: Browser
) -> None:
    """On the page."""
    inside.send("/profile/email", email=ADA, current_password=PASSWORD)

    assert letters(realm) == []


@needs("email_change")
def test_ak_x07_5_nor_does_it_for_a_program(realm: Realm, inside: Browser) -> None:
    """However it is spelt."""
    change_address(inside, ADA.upper())

    assert letters(realm) == []


@needs("email_change")
def test_ak_x07_6_one_that_changes_sends_one(realm: Realm, inside: Browser) -> None:
    """To the new one, a link; the old one stays until it is used (AK-F11)."""
    change_address(inside, NEW)

    assert ["token=" in mail.text for mail in letters(realm, NEW)] == [True]
    assert find(realm, ADA).email == ADA


def test_ak_x07_7_a_form_changes_the_user(realm: Realm, inside: Browser) -> None:
    """What was typed is there (AK-R13)."""
    inside.send("/profile/details", first_name="Augusta", last_name="King")

    assert find(realm, ADA).name == "Augusta King"


def test_ak_x07_8_a_form_leads_back(inside: Browser) -> None:
    """To the page, which says so."""
    page = inside.send("/profile/details", first_name="A", last_name="K").follow()

    assert page.request.path == "/profile"
    assert "Your profile was saved." in page.text


def test_ak_x07_9_a_program_changes_the_user(realm: Realm, inside: Browser) -> None:
    """With 204 (AK-H01)."""
    post(inside, "/profile/details", 204, first_name="Augusta", last_name="King")

    assert find(realm, ADA).name == "Augusta King"


def test_ak_x07_10_errors_are_shown(realm: Realm, inside: Browser) -> None:
    """At their field; nothing is changed."""
    wrong = {"first_name": "a\u202eb", "last_name": "King"}
    page = inside.send("/profile/details", 422, **wrong)

    assert page.html.find(id="details-first_name-error").text
    assert find(realm, ADA).name == "Ada L"


def test_ak_x07_11_a_program_gets_422(realm: Realm, inside: Browser) -> None:
    """AK-H02."""
    post(inside, "/profile/details", 422, first_name="a\u202eb")

    assert find(realm, ADA).name == "Ada L"


def test_ak_x07_12_a_program_gets_the_message(inside: Browser) -> None:
    """For each field, and a word that stays."""
    told = post(inside, "/profile/details", 422, first_name="a\u202eb").json

    assert told["status"] == "error"
    assert told["reasons"] == {"first_name": ["name_invalid"]}
    assert told["errors"]["first_name"]
