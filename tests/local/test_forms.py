"""A form counts only if it is one of ours, from the browser that we gave it to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from arware.local import Realm
from tests.local.conftest import with_people
from tests.local.support import PASSWORD, URL, Browser, submit

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t77

FORMS = ["/login", "/signup", "/accounts", "/profile/details", "/logout"]


@pytest.fixture
def realm(lasting_realm: Realm) -> Realm:
    """Share one realm: nothing here changes its users."""
    return lasting_realm


def fields_for(browser: Browser) -> dict[str, str]:
    """Return what a valid login form holds."""
    token = browser.get("/login").form["form_token"].value
    return {"email": "ada@example.com", "password": PASSWORD, "form_token": token}


@pytest.mark.parametrize("path", FORMS)
@pytest.mark.parametrize("token", [None, "", "x", "x.y", "é.é", "." * 100, "a.b.c"])
def test_no_form_is_taken_without_its_token(
    realm: Realm, path: str, token: str | None
) -> None:
    """Login and sign-up included."""
    browser = Browser(realm)
    browser.log_in()
    fields = {"email": "x@example.com", "password": PASSWORD}
    fields |= {} if token is None else {"form_token": token}
    answer = browser.app.post(path, fields, status=403)

    assert "has expired" in answer.text
    assert len(realm.users()) == 2


def test_a_token_of_another_browser_does_not_count(realm: Realm) -> None:
    """An attacker's own token is of no use in somebody else's browser (login CSRF)."""
    attacker, victim = Browser(realm), Browser(realm)
    fields = fields_for(attacker)
    victim.get("/login")
    victim.app.post("/login", fields, status=403)

    assert "arrealm" not in victim.cookies


def test_a_token_without_its_cookie_does_not_count(realm: Realm) -> None:
    """A browser that keeps no cookies is told so."""
    fields = fields_for(Browser(realm))

    assert "cookies" in Browser(realm).app.post("/login", fields, status=403).text


def test_a_token_of_another_session_does_not_count(realm: Realm) -> None:
    """A form opened before the login changed is not sent in the new one's name."""
    browser = Browser(realm)
    browser.log_in()
    page = browser.get("/profile")
    browser.log_in("bob@example.com")

    assert "has expired" in submit(page, status=403).text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8002"},
        {"Origin": "https://127.0.0.1:8001"},
        {"Origin": f"{URL}.evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": URL, "Sec-Fetch-Site": "cross-site"},
        {"Origin": URL, "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "nonsense"},
        {"Referer": "https://evil.example/"},
        {"Referer": f"{URL}.evil.example/"},
    ],
)
def test_a_form_from_elsewhere_is_refused(
    browser: Browser, headers: dict[str, str]
) -> None:
    """Even with a good token, if the browser says it comes from elsewhere."""
    answer = browser.app.post(
        "/login", fields_for(browser), headers=headers, status=403
    )

    assert "another site" in answer.text
    assert "arrealm" not in browser.cookies


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": URL},
        {"Origin": URL, "Sec-Fetch-Site": "same-origin"},
        {"Origin": "null", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "same-origin"},
        {"Referer": f"{URL}/login"},
        {"Referer": URL},
    ],
)
def test_a_form_of_ours_is_taken(browser: Browser, headers: dict[str, str]) -> None:
    """However much or little the browser says."""
    answer = browser.app.post(
        "/login", fields_for(browser), headers=headers, status=303
    )

    assert "token=ey" in answer.location


def test_a_rotated_secret_still_counts(make: Callable[..., Realm]) -> None:
    """Forms and sessions of the old secret live on while it is listed (AK-T08)."""
    old, new = "o" * 32, "n" * 32
    first = with_people(make(secret=old))
    browser = Browser(first)
    browser.log_in()
    page = browser.get("/profile")
    token = page.forms[0]["form_token"].value
    later = Browser.holding(make(secret=[new, old]), **browser.cookies)
    dropped = Browser.holding(make(secret=[new]), **browser.cookies)
    fields = {"form_token": token, "first_name": "Ada"}

    assert later.app.post("/profile/details", fields, status=303)
    answer = dropped.app.post("/profile/details", fields, status=303)
    assert "/login" in answer.location
