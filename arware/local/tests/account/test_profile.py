"""``/profile``: changing one's own name, and what all sections share."""

from __future__ import annotations

import pytest

from arware.kit.web import Refused

from ...events import ProfileUpdated
from ...features.account import flow
from ...models import EventRow
from ...realm import Realm
from ..conftest import find
from ..support import (
    ADA,
    Browser,
    overtaken,
    section,
)

BOB = "bob@example.com"


@pytest.fixture
def member(browser: Browser) -> Browser:
    """Return a browser in which Ada is logged in."""
    browser.log_in()
    return browser


def last_event(realm: Realm) -> EventRow:
    """Return what happened last."""
    with realm.reading() as db:
        return db.query(EventRow).order_by(EventRow.number.desc()).limit(1).one()


def test_a_name_is_changed_without_a_password(realm: Realm, member: Browser) -> None:
    """It is said once that it was saved, and recorded."""
    answer = member.send("/profile/details", first_name=" Ada ", last_name="King")
    page = answer.follow()
    ada, event = find(realm, ADA), last_event(realm)

    assert (ada.first_name, ada.last_name) == ("Ada", "King")
    assert "Your profile was saved" in page.text
    assert "Your profile was saved" not in member.get("/profile").text
    assert (event.type, event.user_id) == (ProfileUpdated.type, ada.id)


def test_names_may_be_taken_out(realm: Realm, member: Browser) -> None:
    """Without a name it is the address that shows."""
    member.send("/profile/details", first_name="", last_name=" ")

    assert find(realm, ADA).name == ADA


def test_a_name_that_cannot_be_one_is_refused(realm: Realm, member: Browser) -> None:
    """The fault stands in its own section, with what was typed."""
    wrong = {"first_name": "Ada\u202e", "last_name": "King"}
    page = member.send("/profile/details", 422, **wrong)
    own = section(page, "/profile/details")

    assert "at most 100 ordinary characters" in own.text
    assert own.find("input", attrs={"name": "last_name"})["value"] == "King"
    assert page.text.count("There is a problem") == 1
    assert find(realm, ADA).last_name == "L"


def test_each_section_asks_for_the_password_once(member: Browser) -> None:
    """In one form there are no two fields of one name."""
    page = member.get("/profile")
    for form in page.forms.values():
        names = [name for name, fields in form.fields.items() for _ in fields if name]
        assert len(names) == len(set(names))


def test_there_is_a_way_back_and_a_way_out(member: Browser) -> None:
    """To the application, and out of the login (RQ-S9)."""
    page = member.get("/profile")

    assert page.click("Back to the application").status_int == 303
    assert "/logout" in [link["href"] for link in page.html.find_all("a")]


@pytest.mark.parametrize("path", ["/profile", "/profile/details"])
def test_the_page_is_for_who_is_logged_in(browser: Browser, path: str) -> None:
    """Who has none is sent to it, and back to the page."""
    if path == "/profile":
        assert browser.get(path, 303).location.endswith("/login?then=%2Fprofile")
    else:
        assert browser.app.post(path, {}, status="*").status_int in (303, 403)


def test_who_was_shut_out_meanwhile_changes_no_name(realm: Realm) -> None:
    """A request that was under way during a reset comes too late."""
    ada = overtaken(realm)
    with pytest.raises(Refused, match="account_changed"):
        flow.change_details(realm, ada, {"first_name": "Eve"})

    assert find(realm, ADA).first_name == "Ada"
