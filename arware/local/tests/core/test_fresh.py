"""
A fresh proof of who is at the browser: what asks for it, and how applications do.

It is the core's, so that leaving a feature out never opens a page: the permission
``fresh``, the page ``/proof``, and for how long a proof counts, ``fresh_minutes``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ... import sessions
from ...app import configured
from ...models import LoginSession
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..support import (
    ADA,
    APPLICATION,
    PASSWORD,
    Browser,
    Clock,
    caller_at,
    cookie_of,
    need,
    submit,
)

#: What a form of the account page changes without one: it protects nothing, or gives
#: something up.
HARMLESS = {"about", "details", "region", "api_tokens", "trusted_browser_remove"}


def forms() -> Iterator[tuple[str, Any]]:
    """Yield the routes of the account page's forms, each with its permission."""
    config = configured()
    routes = {
        item["introspectable"]["name"]: item["introspectable"]["pattern"]
        for item in config.introspector.get_category("routes") or ()
    }
    for item in config.introspector.get_category("views") or ():
        view, related = item["introspectable"], item["related"]
        route, methods = view["route_name"], view["request_methods"] or ()
        if "POST" in methods and routes.get(route, "").startswith("/profile"):
            permissions = [
                one["value"] for one in related if one.category_name == "permissions"
            ]
            yield route, permissions


@pytest.mark.parametrize(("route", "permissions"), sorted(forms()))
def test_rq_s7_what_protects_the_account_asks_for_it(
    route: str, permissions: list[str]
) -> None:
    """AK-F21, AK-N04, AK-B11: a new feature says so, or that it protects nothing."""
    expected = [["member"]] if route in HARMLESS else [["fresh"], ["proven"]]

    assert permissions in expected


@pytest.mark.parametrize("preset", ["default", "authkit"])
def test_rq_s7_it_counts_for_a_quarter_of_an_hour(
    make: Make, clock: Clock, preset: str
) -> None:
    """Or an hour, as with Authkit (AK-D04, AK-X09)."""
    minutes = {"default": 15, "authkit": 60}[preset]
    realm = with_ada(make(preset=preset))

    assert realm.settings.fresh_minutes == minutes


# An application asks for it.


def logged_in(realm: Realm) -> Browser:
    """Return a browser in which Ada is logged in."""
    browser = Browser(realm)
    browser.log_in()
    return browser


@pytest.mark.parametrize(
    ("max_age", "asked"),
    [("900", True), ("901", False), ("0", True), ("", False), ("soon", False)],
)
def test_rq_s7_an_application_asks_for_a_proof_of_its_age(
    realm: Realm, clock: Clock, max_age: str, asked: bool
) -> None:
    """By OpenID Connect's parameter; who has given one comes back at once."""
    browser = logged_in(realm)
    clock.forward(seconds=900)
    answer = browser.get(f"/login?max_age={max_age}", 303)

    assert ("/proof" in answer.location) is asked
    assert answer.location.startswith(APPLICATION) is not asked


def test_rq_m9_the_proof_leads_back_and_is_told(realm: Realm, clock: Clock) -> None:
    """Where the application wanted it, by a token that knows the time."""
    need("password")
    browser = logged_in(realm)
    clock.forward(minutes=20)
    back = f"{APPLICATION}danger"
    page = browser.get(f"/login?max_age=900&redirect_uri={back}", 303).follow()
    done = submit(page, password=PASSWORD)
    with realm.reading() as db:
        (session,) = db.query(LoginSession).all()

    assert done.location.startswith(back)
    assert session.claims["auth_time"] == realm.now
    assert session.claims["amr"] == ["password"]


def test_an_operator_who_acts_as_somebody_has_proved_nothing(
    realm: Realm, clock: Clock
) -> None:
    """However young that is; otherwise the application would send them in circles."""
    browser = Browser(realm)
    with realm.writing() as db:
        caller = caller_at(realm.now)
        ada = find(realm, ADA)
        acting = sessions.open_session(realm, db, ada, caller, (), impersonator="usr_x")
    browser.app.cookiejar.set_cookie(cookie_of("arrealm", acting.cookie))

    assert "/proof" in browser.get("/login?max_age=900", 303).location
