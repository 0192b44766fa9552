"""The page on which people see what happened in their account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from ...caller import OPERATOR
from ...events import Event, LoginFailed, PasswordUpdated, UserCreated
from ...features.audit.views import MOST
from ...history import text_of
from ...models import User
from ...realm import Realm
from ..support import PASSWORD, Browser, Clock, caller_at

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@dataclass(frozen=True, kw_only=True)
class Strange(Event):
    """Something of which nobody has said what it is called."""

    type: ClassVar[str] = "team.strange"


def texts(page: Any) -> list[str]:
    """Return what a page says that happened."""
    return [item.text for item in page.html.select("ol strong")]


def happen(realm: Realm, *happened: Event, **caller: Any) -> None:
    """Let some events happen."""
    with realm.writing() as db:
        for event in happened:
            realm.record(db, event, caller_at(**caller))


def test_people_see_what_happened_newest_first(browser: Browser) -> None:
    """In words, from the first day on (AK-N11)."""
    browser.log_in(password="a wrong one entirely", status=422)
    browser.log_in()
    page = browser.get("/activity")

    assert texts(page) == [
        "Logged in.",
        "A login failed.",
        "The account was created.",
    ]
    assert "by an administrator" in page.text


def test_people_see_when_and_from_where(
    realm: Realm, browser: Browser, ada: User, clock: Clock
) -> None:
    """The time, the browser and its network, as they may recognise it."""
    happen(realm, PasswordUpdated(user_id=ada.id), client=FIREFOX, ip="192.0.2.7")
    browser.log_in()
    page = browser.get("/activity")

    item = page.html.select("ol li")[1]
    moment = datetime.fromisoformat(item.find("time")["datetime"])
    assert moment == datetime(2027, 1, 15, 8, tzinfo=UTC)
    assert "Firefox on Linux, 192.0.2.7" in item.text


def test_a_browser_cannot_pass_for_an_administrator(realm: Realm, ada: User) -> None:
    """Whatever it calls itself, its network is shown."""
    browser = Browser(realm, {"HTTP_USER_AGENT": OPERATOR})
    browser.log_in(ada.login_name)
    item = browser.get("/activity").html.select("ol li")[0]

    assert "192.0.2.1" in item.text
    assert "by an administrator" not in item.text


def test_people_can_tell_their_own_login(browser: Browser) -> None:
    """The one that this browser has is marked."""
    browser.log_in()
    first, second = browser.get("/activity").html.select("ol li")

    assert "this login" in first.text
    assert "this login" not in second.text


def test_what_happened_to_others_is_not_shown(realm: Realm, browser: Browser) -> None:
    """Not even by asking for another place in the list."""
    realm.add_user("bob@example.com", PASSWORD)
    browser.log_in()
    happen(realm, LoginFailed(user_id=""))

    assert texts(browser.get("/activity?before=999999")) == [
        "Logged in.",
        "The account was created.",
    ]


def test_a_long_list_has_pages(realm: Realm, browser: Browser, ada: User) -> None:
    """Each event is on one of them."""
    happen(realm, *[PasswordUpdated(user_id=ada.id)] * MOST)
    browser.log_in()
    first = browser.get("/activity")
    second = first.click("Older")

    assert [len(texts(page)) for page in (first, second)] == [MOST, 2]
    assert texts(second)[-1] == "The account was created."
    assert "Older" not in second
    assert texts(second.click("Newest")) == texts(first)


@pytest.mark.parametrize("before", ["0", "x", "-1", "9" * 30, "%00"])
def test_a_place_that_is_none_is_no_fault(browser: Browser, before: str) -> None:
    """Whatever is typed into the address, a page answers."""
    browser.log_in()

    assert browser.get(f"/activity?before={before}", status="*").status_int < 500


def test_who_is_not_logged_in_is_asked_to(browser: Browser) -> None:
    """The page is nobody's."""
    answer = browser.get("/activity", status=303)

    assert "/login" in answer.location


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (UserCreated.type, "The account was created."),
        (PasswordUpdated.type, "The password was changed."),
        (Strange.type, "team.strange"),
    ],
)
def test_an_event_is_called_by_its_text_its_notice_or_its_type(
    name: str, text: str
) -> None:
    """A feature that tells of its events by mail has nothing else to do."""
    assert text_of(name) == text


def test_names_of_browsers_are_only_text(
    realm: Realm, browser: Browser, ada: User
) -> None:
    """A program may call itself anything."""
    happen(realm, PasswordUpdated(user_id=ada.id), client="<b>bold</b> 1")
    browser.log_in()

    assert browser.get("/activity").html.main.find("b") is None
