"""
Authkit's own sentences about a new password by a link (AK-X03, 18), a test for each.

There the link named the address beside the token, and each page logged out whoever was
logged in. Here the token knows whose it is, opening changes nothing, and the new
password ends all logins of that account.
"""

from __future__ import annotations

from typing import Any

import pytest

from ...realm import Realm
from ..conftest import find
from ..mailbox import last_link
from ..support import ADA, PASSWORD, Browser, Clock, needs
from .journeys import EVE, NEW, ask, asked, choose, open_link

pytestmark = needs("password")


@pytest.fixture
def link(realm: Realm) -> str:
    """Return the path of a link that was mailed to Ada."""
    ask(Browser(realm))
    return last_link(realm, ADA)


def hash_of(realm: Realm, name: str = ADA) -> str | None:
    """Return what is stored of a password."""
    return find(realm, name).password_hash


def post(realm: Realm, status: int, **fields: str) -> Any:
    """Choose a password as a program does."""
    return Browser(realm).app.post_json("/password/change", fields, status=status)


@needs("account")
def test_ak_x03_1_opening_logs_nobody_out(
    realm: Realm, browser: Browser, link: str
) -> None:
    """Anybody can send somebody a link: what it leads to says whose it is."""
    realm.add_user(EVE, PASSWORD)
    browser.log_in(EVE)

    assert ADA in open_link(browser, link)
    assert EVE in browser.get("/profile")


@needs("account")
def test_ak_x03_2_choosing_logs_out(browser: Browser, link: str) -> None:
    """Whoever is logged in to that account, here and elsewhere."""
    browser.log_in()
    choose(open_link(browser, link))

    assert "/login" in browser.get("/profile", status=303).location


def test_ak_x03_3_the_link_knows_its_user(realm: Realm, link: str) -> None:
    """No address has to be in it."""
    assert ADA not in link
    assert ADA in open_link(Browser(realm), link)


@pytest.mark.parametrize("email", ["nobody@example.com", EVE])
def test_ak_x03_4_an_address_beside_it_is_not_looked_at(
    realm: Realm, link: str, email: str
) -> None:
    """Of somebody unknown, or of somebody else: it is the token's (AK-B04)."""
    realm.add_user(EVE, PASSWORD)
    before = hash_of(realm, EVE)
    token = link.partition("token=")[2].replace("%3A", ":")
    post(realm, 204, email=email, token=token, password=NEW)

    assert hash_of(realm, EVE) == before
    assert Browser(realm).log_in(password=NEW)


def wrong(link: str) -> str:
    """Return a link that was never sent."""
    return link[:-4] + ("AAAA" if link[-4:] != "AAAA" else "BBBB")


def test_ak_x03_5_the_page_wants_the_right_token(realm: Realm, link: str) -> None:
    """There is no form otherwise."""
    assert not Browser(realm).get(wrong(link), status=422).forms


def test_ak_x03_6_so_does_the_form(realm: Realm, link: str) -> None:
    """And nothing is changed."""
    before = hash_of(realm)
    token = wrong(link).partition("token=")[2].replace("%3A", ":")
    post(realm, 422, token=token, password=NEW)

    assert hash_of(realm) == before


def test_ak_x03_7_the_page_wants_one_that_is_not_over(
    realm: Realm, clock: Clock, link: str
) -> None:
    """Half an hour after it was sent it is."""
    clock.forward(minutes=30)

    assert not Browser(realm).get(link, status=422).forms


def test_ak_x03_8_so_does_the_form(realm: Realm, clock: Clock, link: str) -> None:
    """Also where the page was opened before."""
    before, page = hash_of(realm), open_link(Browser(realm), link)
    clock.forward(minutes=30)
    choose(page, status=422)

    assert hash_of(realm) == before


def test_ak_x03_9_there_is_a_form(realm: Realm, link: str) -> None:
    """For the new password (AK-R09)."""
    assert "password" in open_link(Browser(realm), link).form.fields


def test_ak_x03_10_the_password_is_changed(realm: Realm, link: str) -> None:
    """What is stored is another hash (AK-R10)."""
    before = hash_of(realm)
    choose(open_link(Browser(realm), link))

    assert hash_of(realm) not in (before, None)


def test_ak_x03_11_nobody_is_logged_in(browser: Browser, link: str) -> None:
    """The next login asks for all that it takes (RQ-K9)."""
    choose(open_link(browser, link))

    assert not browser.is_logged_in


def test_ak_x03_12_it_leads_to_the_login(browser: Browser, link: str) -> None:
    """Where the new password is of use."""
    assert choose(open_link(browser, link)).location.endswith("/login")


def test_ak_x03_13_it_says_so(browser: Browser, link: str) -> None:
    """On the page that it leads to."""
    done = choose(open_link(browser, link))

    assert "Your password was changed." in done.follow()


def test_ak_x03_14_a_program_gets_204(realm: Realm) -> None:
    """And nothing else (AK-H01)."""
    done = post(realm, 204, token=asked(realm), password=NEW)

    assert done.body == b""


def test_ak_x03_15_nor_is_a_program_logged_in(realm: Realm) -> None:
    """It gets no cookie."""
    done = post(realm, 204, token=asked(realm), password=NEW)

    assert done.headers.getall("Set-Cookie") == []


def test_ak_x03_16_a_bad_password_changes_nothing(realm: Realm, link: str) -> None:
    """And leaves the link good. (It is typed once here: it can be shown.)"""
    before, page = hash_of(realm), open_link(Browser(realm), link)
    again = choose(page, "short", 422)

    assert hash_of(realm) == before
    choose(again)


def test_ak_x03_17_what_is_wrong_is_said(realm: Realm, link: str) -> None:
    """At its field."""
    page = choose(open_link(Browser(realm), link), "short", 422)

    assert "at least 15" in page.html.find(id="password-error").text


def test_ak_x03_18_a_program_gets_422(realm: Realm) -> None:
    """With the reason (AK-H02)."""
    refused = post(realm, 422, token=asked(realm), password="short")

    assert refused.json["status"] == "error"
    assert refused.json["reasons"] == {"password": ["password_too_short"]}
