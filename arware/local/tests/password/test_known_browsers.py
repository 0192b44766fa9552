"""A browser that an account knows has tries of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from arware.kit.web.refusals import Refused

from ... import proof
from ...caller import Caller
from ...features.password.flow import log_in
from ...login import LoggedIn
from ...realm import Realm
from ..conftest import find
from ..support import ADA, PASSWORD, START, Browser, Clock, submit
from .guesses import AWAY, BOB, HOME, attempt, gets_in, guess, strange


def test_the_owner_is_not_kept_from_a_browser_that_is_known(realm: Realm) -> None:
    """From whatever network it comes."""
    known = attempt(realm, password=PASSWORD, ip=HOME)
    guess(realm, 40)

    assert not gets_in(realm, ip=AWAY)
    assert gets_in(realm, ip=AWAY, device=known)


def test_a_known_browser_has_no_more_tries_than_others(realm: Realm) -> None:
    """Who steals its cookie can guess as slowly as anybody."""
    known = attempt(realm, password=PASSWORD, ip=HOME)
    words = [attempt(realm, ip=next(strange), device=known) for _ in range(6)]

    assert words == ["login_failed"] * 5 + ["too_many_tries"]


def test_the_browser_of_one_account_is_strange_to_another(realm: Realm) -> None:
    """It does not get around the waits there."""
    realm.add_user(BOB, PASSWORD)
    known = attempt(realm, email=BOB, password=PASSWORD)
    guess(realm, 40)

    assert not gets_in(realm, ip=AWAY, device=known)


def test_a_network_that_is_full_does_not_hold_up_a_known_browser(realm: Realm) -> None:
    """Neighbours who guess at other accounts do not matter to it."""
    known = attempt(realm, password=PASSWORD)
    for number in range(60):
        attempt(realm, email=f"x{number}@example.com")

    assert attempt(realm, password=PASSWORD) == "too_many_tries"
    assert gets_in(realm, device=known)


def test_a_visitor_is_not_held_up_by_strangers(realm: Realm) -> None:
    """Who is logged in and has to prove it again waits for own tries only."""
    done = log_in(realm, Caller(HOME, "", START), ADA, PASSWORD)
    assert isinstance(done, LoggedIn)
    guess(realm, 40)
    caller = Caller(AWAY, "", START, visitor=done.visitor)
    user = find(realm, ADA)
    for _ in range(5):
        with pytest.raises(Refused, match="password_wrong"):
            proof.check_own_password(realm, caller, user, "x", "field")
    with pytest.raises(Refused, match="too_many_tries"):
        proof.check_own_password(realm, caller, user, "x", "field")
    later = replace(caller, now=START + 1)
    proof.check_own_password(realm, later, user, PASSWORD, "field")


def test_the_cookie_outlives_a_logout(realm: Realm, clock: Clock) -> None:
    """It opens nothing: it is only known who was here."""
    browser = Browser(realm)
    browser.log_in()
    before = browser.cookies["arrealm_device"]
    submit(browser.get("/logout"))
    clock.forward(minutes=1)

    assert browser.cookies["arrealm_device"] == before
    assert browser.get("/profile", status=303).location.startswith(
        "http://127.0.0.1:8001/login"
    )
    browser.log_in()
    assert browser.cookies["arrealm_device"] != before


def test_a_failed_login_gives_no_cookie(realm: Realm) -> None:
    """Strangers are not known."""
    browser = Browser(realm)
    browser.log_in(password="wrong", status=422)

    assert "arrealm_device" not in browser.cookies
