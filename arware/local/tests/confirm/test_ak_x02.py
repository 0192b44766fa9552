"""
Authkit's own sentences about confirming an address (AK-X02, 10), a test for each.

There the link confirmed when it was opened, and only for who was logged in. Here the
button behind it does, and whoever reads the mail may press it: the password of whoever
signed up stays only where its owner shows to have it.
"""

from __future__ import annotations

from typing import Any

import pytest

from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..mailbox import last_link
from ..support import ADA, PASSWORD, Browser, Clock, needs, submit

pytestmark = needs("password")


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm that has sent Ada a link."""
    return with_ada(make(**{"confirm.mode": "soft"}))


def open_link(browser: Browser, link: str) -> Any:
    """Open a link, and return the page behind it."""
    return browser.get(link, status=303).follow()


def token(realm: Realm) -> str:
    """Return what the newest link carries."""
    return last_link(realm).partition("token=")[2].replace("%3A", ":")


def post(realm: Realm, status: int, **fields: str) -> Any:
    """Confirm as a program does."""
    return Browser(realm).app.post_json("/email/confirm", fields, status=status)


def confirmed(realm: Realm) -> bool:
    """Tell whether Ada's address is."""
    return find(realm, ADA).email_verified


def test_ak_x02_1_without_a_login_the_password_is_asked_for(realm: Realm) -> None:
    """Who is logged in to that account needs none."""
    browser, link = Browser(realm), last_link(realm)
    assert "password" in open_link(browser, link).form.fields
    browser.log_in()

    assert open_link(browser, link).html.find(id="password") is None


def test_ak_x02_2_the_token_has_to_match(realm: Realm) -> None:
    """One that was never sent confirms nothing."""
    Browser(realm).get("/email/confirm?token=tve:x", status=422)
    post(realm, 422, token=token(realm)[:-4] + "AAAA", password=PASSWORD)

    assert not confirmed(realm)


def test_ak_x02_3_it_must_not_be_over(realm: Realm, clock: Clock) -> None:
    """As it is after a day."""
    clock.forward(minutes=24 * 60)
    Browser(realm).get(last_link(realm), status=422)

    assert not confirmed(realm)


def test_ak_x02_4_it_confirms(realm: Realm) -> None:
    """By its button (AK-F10, AK-R11)."""
    page = open_link(Browser(realm), last_link(realm))
    assert not confirmed(realm)
    submit(page, password=PASSWORD)

    assert confirmed(realm)


def test_ak_x02_5_it_logs_nobody_in(realm: Realm) -> None:
    """Not even with the password."""
    browser = Browser(realm)
    submit(open_link(browser, last_link(realm)), password=PASSWORD)

    assert not browser.is_logged_in


def test_ak_x02_6_it_says_so(realm: Realm) -> None:
    """On the page that it leads to."""
    done = submit(open_link(Browser(realm), last_link(realm)), password=PASSWORD)

    assert "Your e-mail address is confirmed." in done.follow()


@needs("account")
def test_ak_x02_7_it_leads_on(realm: Realm) -> None:
    """To the login, or to the account page of who is logged in."""
    browser, link = Browser(realm), last_link(realm)
    browser.log_in()
    done = submit(open_link(browser, link))

    assert done.location.endswith("/profile")


def test_ak_x02_8_a_program_gets_204(realm: Realm) -> None:
    """And nothing else (AK-H01)."""
    assert post(realm, 204, token=token(realm), password=PASSWORD).body == b""
    assert confirmed(realm)


def test_ak_x02_9_what_is_wrong_is_said(realm: Realm) -> None:
    """On the page, which leads on to another link."""
    page = submit(open_link(Browser(realm), last_link(realm)), status=422, password="x")

    assert "not your current password" in page
    assert not confirmed(realm)


def test_ak_x02_10_a_program_gets_422(realm: Realm) -> None:
    """With the reason (AK-H02)."""
    refused = post(realm, 422, token="tve:x")

    assert refused.json["status"] == "error"
    assert refused.json["reasons"] == {"": ["token_invalid"]}
