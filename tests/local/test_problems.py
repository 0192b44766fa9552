"""The pages that say that something cannot be done, and the way on from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arware.local import Realm
from tests.local.support import Browser


@pytest.fixture
def realm(lasting_realm: Realm) -> Realm:
    """Share one realm: not found changes it."""
    return lasting_realm


def not_found(browser: Browser) -> Any:
    """Ask for a page that is not there."""
    return browser.get("/nope", 404)


def no_account(browser: Browser) -> Any:
    """Ask for an account that is somebody else's, or nobody's."""
    return browser.get("/account/org_0000000000000000000000", (302, 404))


def too_old(browser: Browser) -> Any:
    """Send a form of a page that was made for somebody else."""
    return browser.app.post("/login", {"form_token": "x"}, status=403)


def garbled(browser: Browser) -> Any:
    """Ask with a query that cannot be read."""
    return browser.get("/login?a=%ff", 400)


def ways_on(answer: Any) -> list[str]:
    """Return what the page's links say."""
    return [link.get_text() for link in answer.html.find_all("a")]


@pytest.mark.parametrize("problem", [not_found, no_account, too_old, garbled])
def test_who_is_logged_in_is_not_asked_to_log_in(
    browser: Browser, problem: Callable[[Browser], Any]
) -> None:
    """One's own pages are the way on."""
    browser.log_in()
    answer = problem(browser)

    assert ways_on(answer) == ["Your organizations", "Your profile"]
    for link in answer.html.find_all("a"):
        assert "Ada" in browser.get(link["href"])


@pytest.mark.parametrize("problem", [not_found, too_old, garbled])
def test_nobody_is_offered_to_log_in(
    browser: Browser, problem: Callable[[Browser], Any]
) -> None:
    """That is all that nobody can do."""
    assert ways_on(problem(browser)) == ["Log in"]


def test_a_problem_is_told_even_where_nobody_can_say_who_asks(
    make: Callable[..., Realm],
) -> None:
    """Without a database a page that does not exist is still 404."""
    realm = make()
    browser = Browser.holding(realm, arrealm="x" * 43)
    with realm.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ar_sessions RENAME TO gone")

    assert ways_on(not_found(browser)) == ["Log in"]


@pytest.mark.parametrize("path", ["/nope", "/login?a=%ff", "/nope?a=1&a=2"])
def test_the_way_on_leads_back_to_the_application(browser: Browser, path: str) -> None:
    """What a link carries is carried on, as far as it can be read."""
    mark = "&" if "?" in path else "?"
    asked = f"{path}{mark}redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fback"

    answer = browser.get(asked, (400, 404))

    (link,) = answer.html.find_all("a")
    is_read = "a=" not in path
    assert ("redirect_uri=" in link["href"]) is is_read


def test_a_form_that_has_expired_keeps_the_way_back(browser: Browser) -> None:
    """Who loads the login page again comes back to the application."""
    asked = "/login?redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fback"

    answer = browser.app.post(asked, {"form_token": "x"}, status=403)

    assert "redirect_uri=" in answer.html.find("a")["href"]
