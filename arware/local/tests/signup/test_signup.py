"""``/signup`` makes a whole account or none."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from arware.kit.web import Refused

from ...events import LoginSucceeded, UserCreated
from ...features.signup.flow import Wish, sign_up
from ...models import EventRow, LoginSession, User
from ...people import NewPassword
from ...realm import Realm
from ..conftest import Make, find
from ..support import ADA, PASSWORD, Browser, caller_at, need

GRACE = "grace@example.com"


def count(realm: Realm, table: type) -> int:
    """Return how many rows *table* has."""
    with realm.reading() as db:
        return db.query(table).count()


def wish(email: str = GRACE) -> Wish:
    """Return what somebody wants."""
    return Wish(email, NewPassword(PASSWORD))


def outcome(realm: Realm, wanted: Wish) -> str:
    """Sign up; return ``done``, or why it was refused."""
    try:
        sign_up(realm, caller_at(realm.now), wanted)
    except Refused as refused:
        return refused.reason.word
    return "done"


def test_a_signup_makes_an_account_and_logs_in(make: Make) -> None:
    """What was typed is kept in its canonical form, and all of it is recorded."""
    realm = make()
    browser = Browser(realm)
    names = {"first_name": " Grace ", "last_name": "Hopper"}
    browser.sign_up(email="Grace@Example.com", **names)
    grace = find(realm, GRACE)
    with realm.reading() as db:
        types = [row.type for row in db.query(EventRow).order_by(EventRow.number)]

    assert (grace.name, grace.email_verified) == ("Grace Hopper", False)
    assert grace.last_login_at == realm.now
    assert browser.is_logged_in
    assert types[0] == UserCreated.type
    assert types[-1] == LoginSucceeded.type


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": ""}, "Fill this in"),
        ({"email": "grace"}, "Enter an e-mail address like"),
        ({"email": "a@b@example.com"}, "Enter an e-mail address like"),
        ({"password": ""}, "Choose a password"),
        ({"password": "too short"}, "at least 15"),
        ({"password": "x" * 14}, "at least 15"),
        ({"password": "é" * 600}, "may have 1024 bytes"),
        ({"password": "passwordpassword"}, "easy to guess"),
        ({"password": "1234567890qwertyuiop"}, "too common"),
        ({"password": "grace-example-12345"}, "little more than your name"),
        ({"first_name": "x" * 101}, "at most 100"),
        ({"last_name": "a\u202eb"}, "at most 100"),
    ],
)
def test_what_is_wrong_is_said(
    make: Make, fields: dict[str, str], message: str
) -> None:
    """A refused field is named, nothing is made, and what was typed stays."""
    realm = make()
    browser = Browser(realm)
    page = browser.get("/signup")
    values = {"email": GRACE, "password": PASSWORD, "first_name": "Kept"} | fields
    values["form_token"] = page.form["form_token"].value
    answer = browser.app.post("/signup", params=values, status=422)

    assert message in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert answer.form["password"].value == ""
    assert answer.form["first_name"].value == values["first_name"]
    assert [count(realm, table) for table in (User, LoginSession)] == [0, 0]


def test_all_faults_are_said_at_once(make: Make) -> None:
    """Nobody has to send a form twice to learn of the second fault."""
    page = Browser(make()).sign_up(status=422, email="x", password="y")

    assert "Enter an e-mail address like" in page.text
    assert "at least 15" in page.text


def test_a_taken_address_leads_to_the_login(realm: Realm, browser: Browser) -> None:
    """With the address filled in; nothing else has changed."""
    page = browser.sign_up(status=422, email=ADA.upper())
    need("password")
    login = page.click("Log in to it instead")

    assert "already" in page.text
    assert login.form["email"].value == ADA.upper()
    assert count(realm, User) == 1
    assert Browser(realm).log_in()


def test_no_other_fault_leads_to_the_login(browser: Browser) -> None:
    """It is offered where it helps."""
    page = browser.sign_up(status=422, email="x")

    assert "Log in to it instead" not in page.text


def test_signup_can_be_closed(make: Make) -> None:
    """A closed realm offers no form and takes none."""
    browser = Browser(make(signup="closed"))
    need("password")
    token = browser.get("/login").form["form_token"].value
    fields = {"email": GRACE, "password": PASSWORD, "form_token": token}

    assert not browser.get("/signup", 403).forms
    assert "Create an account" not in browser.get("/login").text
    assert "Sign-up is closed" in browser.app.post("/signup", fields, status=403).text


@pytest.mark.parametrize("field", ["state", "id", "email_verified", "custom"])
def test_a_form_cannot_set_more_than_it_shows(make: Make, field: str) -> None:
    """Further fields are not looked at (mass assignment)."""
    realm = make()
    browser = Browser(realm)
    page = browser.get("/signup")
    values = {name: page.form[name].value for name in page.form.fields if name}
    values |= {"email": GRACE, "password": PASSWORD, field: "ar:root"}
    browser.app.post("/signup", values, status=303)
    grace = find(realm, GRACE)

    assert (grace.state, grace.email_verified, grace.custom) == ("active", False, None)
    assert grace.id.startswith("usr_")


def test_of_many_at_once_one_gets_the_address(make: Make, database_url: str) -> None:
    """Sixteen sign up with one address: one account, and fifteen are told (AK-F09)."""
    realm = make(database_url, hashing_slots=4)
    outcomes: list[str] = []
    start = threading.Barrier(16)

    def run() -> None:
        start.wait()
        outcomes.append(outcome(realm, wish()))

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(outcomes) == {"done": 1, "email_taken": 15}
    assert [count(realm, table) for table in (User, LoginSession)] == [1, 1]


def test_signups_from_one_place_are_slowed_down(make: Make) -> None:
    """After twenty accounts in an hour the same network has to wait."""
    realm = make()
    outcomes = [outcome(realm, wish(f"new{n}@example.com")) for n in range(21)]

    assert outcomes == ["done"] * 20 + ["too_many_signups"]


def test_who_is_logged_in_is_sent_on(browser: Browser) -> None:
    """Unless the application asks for a new login."""
    browser.log_in()

    assert browser.get("/signup", 303)
    assert browser.get("/signup?prompt=login").form
