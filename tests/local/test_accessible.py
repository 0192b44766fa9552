"""The pages can be used with a keyboard, a screen reader and a password manager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from arware.local import Realm
from tests.local.support import (
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    change_email,
    change_password,
)

Auth = Callable[[Browser], Any]


def failed_login(browser: Browser) -> Any:
    """Log in with a wrong password."""
    return browser.log_in(password="wrong", status=422)


def failed_signup(browser: Browser) -> Any:
    """Sign up with everything wrong."""
    fields = {"email": "x", "password": "y", "org_name": "\u202e"}
    return browser.sign_up(status=422, query="?prompt=login", **fields)


def failed_details(browser: Browser) -> Any:
    """Change the address without the password."""
    return change_email(browser, "other@example.com", "", status=422)


def failed_password(browser: Browser) -> Any:
    """Change the password with a wrong one, and to a bad one."""
    return change_password(browser, OTHER_PASSWORD, "short", status=422)


def failed_choice(browser: Browser) -> Any:
    """Choose an account that is none."""
    form = browser.get("/accounts?force").forms[0]
    return form.submit("account", value="org_x", status=422)


def account(browser: Browser) -> Any:
    """Look at an account."""
    value = browser.get("/accounts?force").html.find("button")["value"]
    return browser.get(f"/account/{value}")


PAGES: dict[str, Auth] = {
    "login": lambda browser: browser.get("/login?prompt=login"),
    "signup": lambda browser: browser.get("/signup?prompt=login"),
    "logout": lambda browser: browser.get("/logout"),
    "profile": lambda browser: browser.get("/profile"),
    "accounts": lambda browser: browser.get("/accounts?force"),
    "proof": lambda browser: browser.get("/proof"),
    "another link": lambda browser: browser.get("/email/confirm/ask"),
    "problem": lambda browser: browser.get("/nope", 404),
    "account": account,
    "failed login": failed_login,
    "failed signup": failed_signup,
    "failed details": failed_details,
    "failed password": failed_password,
    "failed choice": failed_choice,
}


@pytest.fixture(params=PAGES)
def html(request: pytest.FixtureRequest, lasting_realm: Realm) -> Any:
    """Return each page, taken apart."""
    browser = Browser(lasting_realm)
    browser.log_in(password=PASSWORD)
    return PAGES[request.param](browser).html


def test_a_page_has_a_title_a_heading_and_a_main_part(html: Any) -> None:
    """So that one can find one's way in it."""
    assert html.title.string.strip()
    assert len(html.find_all("h1")) == 1
    assert html.find("main")
    assert html.html["lang"] == "en"


def test_everything_stands_in_a_landmark(html: Any) -> None:
    """A screen reader's list of regions leads to all there is to read."""
    outside = [
        text
        for text in html.body.find_all(string=True)
        if text.strip() and not text.find_parent(["header", "main", "footer"])
    ]

    assert outside == []


def test_the_title_says_first_that_something_is_wrong(html: Any) -> None:
    """Whoever does not see the page hears it before all else (WCAG 2.4.2)."""
    is_wrong = html.find(attrs={"role": "alert"}) is not None

    assert html.title.string.startswith("Error: ") is is_wrong


def test_ids_are_unique_and_what_is_referred_to_exists(html: Any) -> None:
    """Labels, descriptions and the links of the summary lead somewhere."""
    ids = [element["id"] for element in html.find_all(id=True)]
    referred = [
        name
        for element in html.find_all(True)
        for attribute in ("for", "aria-describedby", "aria-labelledby")
        for name in element.get(attribute, "").split()
    ]
    anchors = [a["href"][1:] for a in html.find_all("a") if a["href"].startswith("#")]

    assert len(ids) == len(set(ids))
    assert set(referred) | set(anchors) <= set(ids)


def test_every_field_has_a_label_and_says_what_it_holds(html: Any) -> None:
    """For people and for password managers."""
    labelled = {label["for"] for label in html.find_all("label")}
    for field in html.find_all("input"):
        if field.get("type") == "hidden":
            continue
        assert "hidden" in field.attrs or field["id"] in labelled
        # A box is ticked by nobody but the person; who is invited is somebody else.
        is_about_others = (
            field.find_parent("form").get("action", "").endswith("/invitations")
        )
        if field["type"] != "checkbox" and not is_about_others:
            assert field["autocomplete"] != "off"
        if field["type"] == "password":
            assert field["autocomplete"] in ("current-password", "new-password")
            assert field["value" if field.get("value") else "type"] == "password"


def test_a_fault_is_announced_and_tied_to_its_field(html: Any) -> None:
    """The summary is an alert, and each wrong field names its fault."""
    for field in html.find_all("input", attrs={"aria-invalid": "true"}):
        described = field["aria-describedby"].split()
        assert html.find(id=described[0])["class"] == ["error"]
        assert html.find(attrs={"role": "alert"})


def test_the_summary_has_the_order_of_the_page(html: Any) -> None:
    """Whoever mends one fault after the other goes down the page (WCAG 2.4.3)."""
    linked = [link["href"][1:] for link in html.select("[role=alert] a")]
    ids = [element["id"] for element in html.find_all(id=True)]

    assert linked == sorted(linked, key=ids.index)


def test_only_one_thing_takes_the_focus(html: Any) -> None:
    """The first field, or the summary of what is wrong."""
    assert len(html.find_all(autofocus=True)) <= 1
