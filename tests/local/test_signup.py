"""``/signup`` makes a whole account or none."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from arware.kit.web.refusals import Refused
from arware.local import Realm
from arware.local.caller import Caller
from arware.local.features.signup.flow import SignUp, sign_up
from arware.local.models import LoginSession, Membership, Org, User
from tests.local.support import APP, PASSWORD, Browser, claims_in

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t79


def count(realm: Realm, table: type) -> int:
    """Return how many rows *table* has."""
    with realm.reading() as database:
        return database.scalar(select(func.count()).select_from(table)) or 0


def test_a_signup_logs_in_and_returns(make: Callable[..., Realm]) -> None:
    """Somebody new arrives at the application as the owner of an org."""
    realm = make()
    answer = Browser(realm).sign_up(
        email="New@Example.com",
        first_name=" Grace ",
        last_name="Hopper",
        org_name="Steps-Matic",
    )
    claims = claims_in(answer.location)

    assert answer.location.startswith(f"{APP}?token=ey")
    assert claims["email"] == "new@example.com"
    assert claims["name"] == "Grace Hopper"
    assert claims["given_name"] == "Grace"
    assert claims["orgs"][0]["name"] == "Steps-Matic"
    assert claims["orgs"][0]["perm"] == ["ar:owner", "ar:admin"]
    assert claims["orgs"][0]["selected"] is True


@pytest.mark.parametrize(
    ("fields", "name"),
    [({}, "new@example.com"), ({"first_name": "Grace"}, "Grace")],
)
def test_an_org_without_a_name_is_called_after_its_owner(
    make: Callable[..., Realm], fields: dict[str, str], name: str
) -> None:
    """The org's name may be left out."""
    answer = Browser(make()).sign_up(**fields)

    assert claims_in(answer.location)["orgs"][0]["name"] == name


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"email": ""}, "Enter your e-mail address"),
        ({"email": "grace"}, "Enter an e-mail address like"),
        ({"email": "a@b@example.com"}, "Enter an e-mail address like"),
        ({"password": ""}, "Choose a password"),
        ({"password": "too short"}, "at least 15"),
        ({"password": "x" * 14}, "at least 15"),
        ({"password": "ab" * 600}, "at most 1024"),
        ({"password": "passwordpassword"}, "easy to guess"),
        ({"password": "1234567890qwertyuiop"}, "tried first"),
        ({"password": "new-example-12345", "email": "new@example.com"}, "your own"),
        ({"first_name": "x" * 101}, "at most 100"),
        ({"org_name": "a\u202eb"}, "at most 100"),
    ],
)
def test_what_is_wrong_is_said(
    make: Callable[..., Realm], fields: dict[str, str], message: str
) -> None:
    """A refused field is named, nothing is made, and what was typed stays."""
    realm = make()
    browser = Browser(realm)
    page = browser.get("/signup")
    values = {"email": "new@example.com", "password": PASSWORD, "org_name": "Kept"}
    values |= {"form_token": page.form["form_token"].value} | fields
    answer = browser.app.post("/signup", params=values, status=422)

    assert message in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert answer.form["password"].value == ""
    assert values["org_name"] == answer.form["org_name"].value
    assert [count(realm, table) for table in (User, Org, LoginSession)] == [0, 0, 0]


def test_all_faults_are_said_at_once(make: Callable[..., Realm]) -> None:
    """Nobody has to send a form twice to learn of the second fault."""
    answer = Browser(make()).sign_up(status=422, email="x", password="y")

    assert "Enter an e-mail address like" in answer.text
    assert "at least 15" in answer.text


def test_a_taken_address_is_told_and_changes_nothing(
    realm: Realm, browser: Browser
) -> None:
    """The second to want an address is sent to the login."""
    before = realm.users()
    answer = browser.sign_up(status=422, email="ADA@example.com")

    assert "already" in answer.text
    assert len(before) == len(realm.users())
    assert Browser(realm).log_in().status_int == 303


def test_signup_can_be_closed(make: Callable[..., Realm]) -> None:
    """A closed realm offers no form and takes none."""
    browser = Browser(make(signup="closed"))
    token = browser.get("/login").form["form_token"].value
    fields = {"email": "new@example.com", "password": PASSWORD, "form_token": token}

    assert "form" not in browser.get("/signup").forms
    assert "Create an account" not in browser.get("/login").text
    assert "Sign-up is closed" in browser.app.post("/signup", fields, status=422).text


@pytest.mark.parametrize(
    "field", ["permissions", "state", "id", "realm_id", "email_verified", "role"]
)
def test_a_form_cannot_set_more_than_it_shows(
    make: Callable[..., Realm], field: str
) -> None:
    """Further fields are not looked at (mass assignment)."""
    realm = make()
    browser = Browser(realm)
    page = browser.get("/signup")
    values = {name: page.form[name].value for name in page.form.fields if name}
    values |= {"email": "new@example.com", "password": PASSWORD, field: "ar:root"}
    browser.app.post("/signup", values, status=303)
    (user,) = realm.users()

    assert (user.state, user.email_verified) == ("active", False)
    assert user.id.startswith("usr_")


def outcome(realm: Realm, caller: Caller, wish: SignUp) -> str:
    """Sign up; return ``done``, or why it was refused."""
    try:
        sign_up(realm, caller, wish)
    except Refused as refused:
        return refused.reason.word
    return "done"


def test_of_many_at_once_one_gets_the_address(
    make: Callable[..., Realm], database_url: str
) -> None:
    """Sixteen sign up with one address: one account, one org, and fifteen are told."""
    realm = make(database=database_url, hashing_slots=4)
    outcomes: list[str] = []
    start = threading.Barrier(16)

    def run() -> None:
        start.wait()
        wish = SignUp("new@example.com", PASSWORD)
        outcomes.append(outcome(realm, Caller("", "", 1_800_000_000), wish))

    threads = [threading.Thread(target=run) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(outcomes) == {"done": 1, "email_taken": 15}
    assert [count(realm, table) for table in (User, Org, Membership, LoginSession)] == [
        1,
        1,
        1,
        1,
    ]


def test_signups_from_one_place_are_slowed_down(make: Callable[..., Realm]) -> None:
    """After twenty accounts in an hour the same network has to wait."""
    realm = make()
    answers = []
    for number in range(21):
        wish = SignUp(f"new{number}@example.com", PASSWORD)
        answers.append(outcome(realm, Caller("192.0.2.1", "", 1_800_000_000), wish))

    assert answers == ["done"] * 20 + ["too_many_signups"]
