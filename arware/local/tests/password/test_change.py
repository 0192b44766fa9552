"""Another password, and what ends with the old one."""

from __future__ import annotations

from typing import Any

import pytest

from arware.kit.web import Refused

from ... import sessions
from ...events import PasswordUpdated
from ...features.password import flow
from ...models import EventRow, LoginSession
from ...realm import Realm
from ..conftest import Make, find
from ..support import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    Clock,
    caller_at,
    need,
    section,
    submit,
)


def change(browser: Browser, current: str, new: str, status: int = 303) -> Any:
    """Change the password on the account page."""
    fields = {"current_password": current, "new_password": new}
    return browser.send("/profile/password", status, **fields)


def test_a_new_password_replaces_the_old_one(realm: Realm, browser: Browser) -> None:
    """From then on only the new one opens the account; it is recorded (AK-F15)."""
    browser.log_in()
    page = change(browser, PASSWORD, OTHER_PASSWORD).follow()
    with realm.reading() as db:
        types = [row.type for row in db.query(EventRow)]

    assert "Your password was changed" in page.text
    assert Browser(realm).log_in(status=422)
    assert Browser(realm).log_in(password=OTHER_PASSWORD)
    assert types.count(PasswordUpdated.type) == 1


def test_it_ends_all_other_sessions(realm: Realm, browser: Browser) -> None:
    """Who was logged in elsewhere is out, a copied cookie worth nothing (AK-B13)."""
    elsewhere = Browser(realm)
    elsewhere.log_in()
    browser.log_in()
    thief = Browser.holding(realm, arrealm=browser.cookies["arrealm"])
    change(browser, PASSWORD, OTHER_PASSWORD)

    assert browser.get("/profile")
    assert elsewhere.get("/profile", 303)
    assert thief.get("/profile", 303)


@pytest.mark.parametrize(
    ("current", "new", "message"),
    [
        ("wrong password, quite wrong", OTHER_PASSWORD, "not your current password"),
        ("", OTHER_PASSWORD, "Enter your current password."),
        (PASSWORD, "", "Choose a password"),
        (PASSWORD, "short", "at least 15"),
        (PASSWORD, "ada-example-2024", "little more than your name"),
    ],
)
def test_a_change_that_is_refused(
    realm: Realm, browser: Browser, current: str, new: str, message: str
) -> None:
    """It says why, in its own section, and the old password stays (RQ-P8)."""
    browser.log_in()
    page = change(browser, current, new, status=422)

    assert message in section(page, "/profile/password").text
    assert message not in section(page, "/profile/details").text
    assert Browser(realm).log_in()


def test_a_user_name_is_ones_own_too(make: Make) -> None:
    """What others know of somebody makes no password, wherever it is chosen."""
    need("account")
    realm = make()
    realm.add_user(ADA, PASSWORD, username="xylophonist")
    browser = Browser(realm)
    browser.log_in()

    page = change(browser, PASSWORD, "xylophonist xylophonist", status=422)
    assert "little more than your name" in section(page, "/profile/password").text


def test_guessing_the_current_password_is_slowed_down(browser: Browser) -> None:
    """Who found an open browser cannot try passwords for ever."""
    browser.log_in()
    for _ in range(5):
        change(browser, "wrong password", OTHER_PASSWORD, status=422)
    page = change(browser, PASSWORD, OTHER_PASSWORD, status=429)

    assert "Too many attempts. Try again in a few seconds." in page.text
    assert page.headers["Retry-After"] == "10"


def test_whoever_knew_the_old_one_changes_nothing_at_the_same_moment(
    realm: Realm, browser: Browser
) -> None:
    """A request under way, proven by the old password, comes too late."""
    browser.log_in()
    thief = sessions.current(realm, browser.cookies["arrealm"], realm.now)
    assert thief is not None
    change(browser, PASSWORD, OTHER_PASSWORD)

    with pytest.raises(Refused, match="account_changed"):
        flow.change(
            realm,
            caller_at(realm.now).acting(thief),
            current_password=PASSWORD,
            password="thirty gentle wombats",
        )
    assert Browser(realm).log_in(password=OTHER_PASSWORD)


def test_who_has_no_password_has_no_section(realm: Realm, browser: Browser) -> None:
    """There is nothing to change: a link by mail sets the first one."""
    browser.log_in()
    with realm.writing() as db:
        db.merge(find(realm, ADA)).password_hash = None
    need("account")

    assert section(browser.get("/profile"), "/profile/password") is None


def test_a_proof_is_given_again(realm: Realm, browser: Browser, clock: Clock) -> None:
    """It renews the session's, and goes on to the page that needed it."""
    need("account")
    browser.log_in()
    clock.forward(minutes=30)
    before = browser.cookies["arrealm"]
    answer = submit(browser.get("/proof?then=%2Fprofile"), password=PASSWORD)
    with realm.reading() as db:
        (session,) = db.query(LoginSession)

    assert answer.location.endswith("/profile")
    assert session.auth_at == realm.now
    assert browser.cookies["arrealm"] != before
    assert Browser.holding(realm, arrealm=before).get("/profile", 303)


@pytest.mark.parametrize(
    ("password", "message"),
    [("", "Enter your current password."), ("wrong", "not your current password")],
)
def test_a_wrong_proof_is_refused(
    browser: Browser, clock: Clock, password: str, message: str
) -> None:
    """Nobody goes on."""
    browser.log_in()
    page = submit(browser.get("/proof"), status=422, password=password)

    assert message in page.text


def test_a_proof_is_for_who_is_logged_in(browser: Browser) -> None:
    """It is for who has one."""
    assert "/login" in browser.get("/proof", 303).location
