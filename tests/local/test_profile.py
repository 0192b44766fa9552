"""``/profile``: changing one's own name, address and password."""

from __future__ import annotations

from typing import Any

import pytest

from arware.kit.web.refusals import Refused
from arware.local import Realm, sessions
from arware.local.caller import Caller
from arware.local.features.account import flow
from tests.local.support import (
    APP,
    OTHER_PASSWORD,
    PASSWORD,
    START,
    Browser,
    claims_in,
    submit,
)


def change_password(browser: Browser, current: str, new: str, status: int = 303) -> Any:
    """Send the second form of the profile."""
    page = browser.get("/profile")
    return submit(
        page,
        number=1,
        do="password",
        current_password=current,
        new_password=new,
        status=status,
    )


def test_a_new_name_shows_in_the_next_token(browser: Browser) -> None:
    """Name changes need no password; the way back brings a fresh token."""
    browser.log_in()
    page = browser.get(f"/profile?redirect_uri={APP}x")
    saved = submit(page, do="details", first_name="Ada", last_name="King").follow()
    back = submit(saved, number=2, do="return")

    assert "Your profile was saved" in saved.text
    assert back.location.startswith(f"{APP}x?token=ey")
    assert claims_in(back.location)["name"] == "Ada King"


@pytest.mark.parametrize("password", ["", "wrong password, quite wrong"])
def test_a_new_address_needs_the_password(browser: Browser, password: str) -> None:
    """Without it nothing changes."""
    browser.log_in()
    answer = submit(
        browser.get("/profile"),
        do="details",
        email="other@example.com",
        first_name="Changed",
        current_password=password,
        status=422,
    )
    claims = claims_in(browser.get("/login", 303).location)

    assert "not your current password" in answer.text
    assert answer.forms[0]["email"].value == "other@example.com"
    assert claims["email"] == "ada@example.com"
    assert claims["given_name"] == "Ada"


def test_a_new_address_is_unconfirmed(realm: Realm, browser: Browser) -> None:
    """The address moves, and nobody has confirmed the new one."""
    browser.log_in()
    submit(
        browser.get("/profile"),
        do="details",
        email="Other@Example.com",
        current_password=PASSWORD,
    )
    claims = claims_in(browser.get("/login", 303).location)

    assert claims["email"] == "other@example.com"
    assert claims["email_verified"] is False
    assert Browser(realm).log_in("other@example.com").status_int == 303


def test_an_address_of_somebody_else_is_refused(browser: Browser) -> None:
    """Two people never have one address."""
    browser.log_in()
    answer = submit(
        browser.get("/profile"),
        do="details",
        email="BOB@example.com",
        current_password=PASSWORD,
        status=422,
    )

    assert "Another account has this e-mail address" in answer.text


def test_a_new_password_replaces_the_old_one(realm: Realm, browser: Browser) -> None:
    """From then on only the new one opens the account."""
    browser.log_in()
    page = change_password(browser, PASSWORD, OTHER_PASSWORD).follow()

    assert "Your password was changed" in page.text
    assert Browser(realm).log_in(status=422)
    assert Browser(realm).log_in(password=OTHER_PASSWORD)


def test_a_new_password_ends_all_other_sessions(realm: Realm, browser: Browser) -> None:
    """Whoever was logged in elsewhere is out, and a copied cookie is worth nothing."""
    elsewhere = Browser(realm)
    elsewhere.log_in()
    sid = claims_in(browser.log_in().location)["sid"]
    thief = Browser.holding(realm, arrealm=browser.cookies["arrealm"])
    change_password(browser, PASSWORD, OTHER_PASSWORD)

    assert claims_in(browser.get("/login", 303).location)["sid"] == sid
    assert elsewhere.get("/login").form["email"]
    assert thief.get("/login").form["email"]


@pytest.mark.parametrize(
    ("current", "new", "message"),
    [
        ("wrong password, quite wrong", OTHER_PASSWORD, "not your current password"),
        ("", OTHER_PASSWORD, "not your current password"),
        (PASSWORD, "", "Choose a password"),
        (PASSWORD, "short", "at least 15"),
        (PASSWORD, "ada-example-2024", "your own name"),
    ],
)
def test_a_password_change_that_is_refused(
    realm: Realm, browser: Browser, current: str, new: str, message: str
) -> None:
    """It says why, and the old password stays."""
    browser.log_in()
    answer = change_password(browser, current, new, status=422)

    assert message in answer.text
    assert Browser(realm).log_in().status_int == 303


def test_guessing_the_current_password_is_slowed_down(
    realm: Realm, browser: Browser
) -> None:
    """Who found an open browser cannot try passwords for ever."""
    browser.log_in()
    for _ in range(5):
        change_password(browser, "wrong password", OTHER_PASSWORD, status=422)
    answer = change_password(browser, PASSWORD, OTHER_PASSWORD, status=429)

    assert "Too many attempts. Try again in a few seconds." in answer.text
    assert answer.headers["Retry-After"] == "10"


def test_names_may_be_taken_out(browser: Browser) -> None:
    """Without a name it is the address that shows."""
    browser.log_in()
    submit(browser.get("/profile"), do="details", first_name="", last_name=" ")
    claims = claims_in(browser.get("/login", 303).location)

    assert claims["name"] == "ada@example.com"
    assert "given_name" not in claims


def test_the_session_parameter_logs_nobody_in(realm: Realm, browser: Browser) -> None:
    """A session's id stands in every token; it is a name, not a key."""
    sid = claims_in(browser.log_in().location)["sid"]
    answer = Browser(realm).get(f"/profile?session={sid}", 303)

    assert "/login" in answer.location


def test_whoever_knew_the_old_password_changes_nothing_at_the_same_moment(
    realm: Realm, browser: Browser
) -> None:
    """A request under way, proven by the old password, comes too late."""
    sid = claims_in(browser.log_in().location)["sid"]
    thief = sessions.find(realm, sid, START)
    change_password(browser, PASSWORD, OTHER_PASSWORD)
    assert thief is not None
    caller = Caller("", "", START, visitor=thief)
    proof: Any = {"current_password": PASSWORD}
    names = {"first_name": "", "last_name": "", "email": "thief@example.com"}
    wanted = "thirty gentle wombats"
    with pytest.raises(Refused, match="password_wrong"):
        flow.change_password(realm, caller, thief, password=wanted, **proof)
    with pytest.raises(Refused, match="password_wrong"):
        flow.change_details(realm, caller, thief, **names, **proof)

    assert Browser(realm).log_in(password=OTHER_PASSWORD)


def test_trying_whose_address_is_taken_is_slowed_down(
    realm: Realm, browser: Browser
) -> None:
    """The profile tells it no faster than the sign-up does."""
    browser.log_in()
    fields = {"email": "bob@example.com", "current_password": PASSWORD}
    answers = [
        submit(browser.get("/profile"), do="details", status=(422, 429), **fields)
        for _ in range(21)
    ]
    said = [answer.text for answer in answers]

    assert ["Another account" in text for text in said] == [True] * 20 + [False]
    assert "Too many addresses" in said[-1]
    assert answers[-1].status_int == 429
