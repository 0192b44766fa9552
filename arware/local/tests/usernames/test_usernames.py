"""User names: chosen at the sign-up or later, and good to log in with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from webtest import AppError  # type: ignore[import-untyped]

from arware.kit.web import Refused

from ...features.usernames import Usernames, flow
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..support import ADA, PASSWORD, Browser, Clock, need, overtaken, submit

BOTH = ["optional", "required"]
LABEL = "E-mail address or user name"


@pytest.fixture
def named(make: Make) -> Realm:
    """Return a realm in which people may choose a user name."""
    return with_ada(make(usernames=Usernames(mode="optional")))


@pytest.mark.parametrize("mode", BOTH)
def test_who_signs_up_chooses_one_and_logs_in_by_it(make: Make, mode: Any) -> None:
    """Either name works, however it is typed (AK-F01, AK-F06)."""
    need("password")
    realm = make(usernames=Usernames(mode=mode))
    Browser(realm).sign_up(username="Grace.Hopper")

    assert find(realm, "new@example.com").username == "grace.hopper"
    for name in ("grace.hopper", " GRACE.Hopper ", "new@example.com"):
        Browser(realm).log_in(name)


def test_one_that_a_program_gave_logs_in(make: Make) -> None:
    """Also where people choose none."""
    need("password")
    realm = make()
    realm.add_user(ADA, PASSWORD, username="ada")

    Browser(realm).log_in("ADA")


def test_without_the_setting_nothing_asks_for_one(make: Make) -> None:
    """No page has a field, and what is sent is left alone (AK-F02)."""
    need("signup")
    need("account")
    need("password")
    realm = with_ada(make())
    browser = Browser(realm)
    page = browser.get("/signup")
    browser.log_in()

    assert "username" not in page.form.fields
    assert LABEL not in Browser(realm).get("/login").text
    assert "User name" not in browser.get("/profile").text
    token = browser.get("/profile").forms[0]["form_token"].value
    browser.app.post(
        "/profile/username", {"form_token": token, "username": "ada"}, status=404
    )
    assert find(realm, ADA).username is None


def test_where_it_is_optional_it_may_be_left_out(named: Realm) -> None:
    """An address alone is an account, too."""
    Browser(named).sign_up(username="")

    assert find(named, "new@example.com").username is None


def test_where_it_is_required_it_may_not(make: Make) -> None:
    """The field says so, and so does the answer."""
    page = Browser(make(usernames=Usernames(mode="required"))).sign_up(422)

    assert "required" in page.form["username"].attrs
    assert page.html.find(id="username-error")


@pytest.mark.parametrize(
    "name", ["a b", "a@b", "a..b", "-a", "a" * 63, "\u0430da", "a\u200db", "ada@x.org"]
)
def test_what_cannot_be_one_is_refused(named: Realm, name: str) -> None:
    """What was typed stands there again, and no account was made (AK-D03)."""
    page = Browser(named).sign_up(422, username=name)

    assert page.html.find(id="username-error")
    assert [user.email for user in named.users()] == [ADA]


@pytest.mark.parametrize("name", ["admin", " ROOT", "web.master", "no-reply"])
def test_nobody_calls_themselves_somebody_official(named: Realm, name: str) -> None:
    """Neither at the sign-up nor later; a program may (RQ-N4)."""
    page = Browser(named).sign_up(422, username=name)
    assert "This user name cannot be chosen." in page.html.find(id="username-error")
    named.add_user("staff@example.com", PASSWORD, username="staff")
    browser = Browser(named)
    browser.arrive()
    browser.send("/profile/username", username=name, status=422)

    assert find(named, ADA).username is None


def test_the_login_says_what_it_takes(named: Realm) -> None:
    """The label names both, and the keyboard is one for both."""
    need("password")
    field = Browser(named).get("/login").html.find(id="email")

    assert LABEL in Browser(named).get("/login").text
    assert field["autocomplete"] == "username"
    assert "inputmode" not in field.attrs


def test_people_change_theirs(named: Realm) -> None:
    """The new one logs in and the old one does not; without one the address does."""
    need("password")
    browser = Browser(named)
    browser.log_in()
    browser.send("/profile/username", username="Ada")
    browser.send("/profile/username", username="countess")

    assert find(named, ADA).username == "countess"
    Browser(named).log_in("countess")
    Browser(named).log_in("ada", status=422)
    browser.send("/profile/username", username="")
    assert find(named, ADA).username is None


def test_one_that_is_taken_is_refused(named: Realm) -> None:
    """However it is spelled, at the sign-up and later, and nothing is lost."""
    need("signup")
    named.add_user("bob@example.com", PASSWORD, username="bob")
    browser = Browser(named)
    browser.log_in()
    page = browser.send("/profile/username", username="BOB", status=422)

    assert "This user name is taken." in page.text
    assert "is taken" in Browser(named).sign_up(422, username="Bob").text
    assert find(named, ADA).username is None
    assert len(named.users()) == 2


def test_who_has_one_keeps_it(make: Make) -> None:
    """By a login or from a program, also where addresses have to be confirmed since."""
    need("signup")
    need("confirm")
    named = {"usernames.mode": "optional"}
    realm = make(**named, **{"confirm.mode": "required"})
    realm.add_user("bob@example.com", PASSWORD, username="bob")
    realm.add_user("eve@example.com", PASSWORD, username="eve")
    Browser(make(**named, **{"confirm.mode": "soft"})).log_in("bob")
    for name in ("bob", "eve"):
        Browser(realm).sign_up(422, email=f"{name}@example.org", username=name)
        assert find(realm, name).email == f"{name}@example.com"


def test_a_password_is_not_made_of_it(named: Realm) -> None:
    """It is among what others know of the person."""
    page = Browser(named).sign_up(
        422, username="xylophonist", password="xylophonist xylophonist"
    )

    assert page.html.find(id="password-error")


def test_of_many_who_want_one_one_gets_it(make: Make, database_url: str) -> None:
    """Two spellings of one name are one: the database decides (AK-B16)."""
    need("signup")
    realm = make(database_url, usernames=Usernames(mode="required"), hashing_wait=30)

    def sign_up(number: int) -> int:
        browser = Browser(realm, {"REMOTE_ADDR": f"198.51.{number}.1"})
        name = ("bob", "BOB", "Bob")[number % 3]
        page = browser.get("/signup")
        fields: dict[str, Any] = {"email": f"b{number}@example.com", "username": name}
        status: int = submit(page, status="*", password=PASSWORD, **fields).status_int
        return status

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(sign_up, range(12)))

    assert statuses == [303] + [422] * 11
    assert [user.username for user in realm.users()] == ["bob"]


def test_a_page_of_a_stranger_changes_none(named: Realm) -> None:
    """The form needs its token, as all others do."""
    browser = Browser(named)
    browser.log_in()

    with pytest.raises(AppError, match="403"):
        browser.app.post("/profile/username", {"username": "x"})


def test_who_was_shut_out_meanwhile_changes_nothing(named: Realm) -> None:
    """A request that was under way during a reset comes too late."""
    ada = overtaken(named)
    write = partial(flow.write, username="eve")
    with pytest.raises(Refused, match="account_changed"):
        flow.change(named, ada, write)

    assert find(named, ADA).username is None


def test_a_browser_that_was_left_open_changes_none(named: Realm, clock: Clock) -> None:
    """People log in with it: so it takes a fresh proof (RQ-S7)."""
    need("account")
    browser = Browser(named)
    browser.log_in()
    clock.forward(minutes=16)
    refused = browser.send("/profile/username", username="eve")

    assert refused.location.endswith("/proof?then=%2Fprofile")
    assert find(named, ADA).username is None
