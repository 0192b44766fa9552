"""The list of one's logins, and the end of one or of all others (RQ-S6)."""

from __future__ import annotations

from typing import Any

import pytest

from ... import sessions
from ...features.sessions import flow
from ...realm import Realm
from ..conftest import with_ada
from ..support import ADA, PASSWORD, Browser, Clock, member, need, submit

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)
PAGE, END, END_OTHERS = (
    "/profile/sessions",
    "/profile/sessions/end",
    "/profile/sessions/end-others",
)


def device(realm: Realm, client: str = "", ip: str = "192.0.2.7") -> Browser:
    """Return another browser in which Ada is logged in, through the form."""
    need("password")
    browser = Browser(realm, {"HTTP_USER_AGENT": client, "REMOTE_ADDR": ip})
    browser.log_in()
    return browser


def is_in(browser: Browser) -> bool:
    """Tell whether the realm still knows the browser."""
    return "Where you are" in browser.get(PAGE, status="*").text


def rows(browser: Browser) -> list[str]:
    """Return what the page says of each login."""
    items = browser.get(PAGE).html.select("ul.members li")
    return [" ".join(item.get_text(" ").split()) for item in items]


def listed(browser: Browser) -> list[dict[str, Any]]:
    """Return what a program gets."""
    found: list[dict[str, Any]] = browser.get(PAGE, Accept="application/json").json[
        "sessions"
    ]
    return found


def test_ak_f18_each_login_is_there_with_browser_address_and_times(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """AK-M11, AK-S08: one's own first, then those that were used last (RQ-S6)."""
    device(realm, FIREFOX)
    clock.forward(minutes=60)
    device(realm, PHONE, "2001:db8::7")
    browser.log_in()

    now, hour_ago = "Jan 15, 2027, 09:00 UTC", "Jan 15, 2027, 08:00 UTC"
    assert rows(browser) == [
        f"Unknown browser this browser 192.0.2.1 Logged in {now} Last seen {now}",
        f"Safari on iOS 2001:db8::7 Logged in {now} Last seen {now} End",
        f"Firefox on Linux 192.0.2.7 Logged in {hour_ago} Last seen {hour_ago} End",
    ]


def test_what_is_over_is_not_there(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """Neither what ended nor what ran out, nor the logins of others."""
    realm.add_user("bob@example.com", PASSWORD)
    Browser(realm).log_in("bob@example.com")
    device(realm)
    clock.forward(minutes=120)
    ended = device(realm)
    ended.get("/logout", 303, **{"Sec-Fetch-Site": "same-origin"})
    browser.log_in()

    assert len(rows(browser)) == 1
    assert "End all" not in browser.get(PAGE)


def test_ak_f19_one_login_is_ended(realm: Realm, browser: Browser) -> None:
    """At once, and no other (AK-S03); the log says so."""
    lost, kept = device(realm, PHONE), device(realm, FIREFOX)
    browser.log_in()
    page = browser.get(PAGE)
    forms = page.html.select("ul.members li")
    number = next(n for n, item in enumerate(forms) if "iOS" in item.text)
    after = submit(page, number - 1).follow()

    assert "That login has ended." in after
    assert [is_in(one) for one in (lost, kept, browser)] == [False, True, True]


class Application:
    """Hears at once which logins are over."""

    def __init__(self, realm: Realm) -> None:
        self.heard: list[str | None] = []
        realm.watch(self)

    def ended(
        self, *, session_id: str | None = None, user_id: str | None = None
    ) -> None:
        """Note it."""
        self.heard.append(session_id or user_id)


def test_all_others_are_ended(realm: Realm, browser: Browser) -> None:
    """The one that asks stays; applications of this process hear of each (RQ-S6)."""
    others = [device(realm), device(realm)]
    browser.log_in()
    page, application = browser.get(PAGE), Application(realm)
    after = submit(page, len(page.forms) - 1).follow()
    assert len(set(application.heard)) == 2

    assert "All your other logins have ended." in after
    assert [is_in(one) for one in (*others, browser)] == [False, False, True]


@pytest.mark.parametrize("path", [END, END_OTHERS])
def test_rq_s7_it_takes_a_fresh_proof(
    realm: Realm, browser: Browser, clock: Clock, path: str
) -> None:
    """Later than a quarter of an hour after the last one; the way back is the list."""
    other = device(realm)
    browser.log_in()
    clock.forward(minutes=15)
    page = browser.get(PAGE)
    number = [form.action for form in page.forms.values()].index(path)
    refused = submit(page, number)

    assert refused.location.endswith("/proof?then=%2Fprofile%2Fsessions")
    assert is_in(other)


def test_the_page_tells_no_id(realm: Realm, browser: Browser) -> None:
    """Whoever knows it can end the login, and applications find one by it."""
    device(realm)
    browser.log_in()

    assert "kss_" not in browser.get(PAGE).text
    assert "kss_" not in browser.get(PAGE, Accept="application/json").text


def test_a_program_ends_one(realm: Realm, browser: Browser) -> None:
    """By the handle that it was told (AK-H01)."""
    other = device(realm)
    browser.log_in()
    (named,) = [one["session"] for one in listed(browser) if not one["is_here"]]
    headers = {"Sec-Fetch-Site": "same-origin"}
    browser.app.post_json(END, {"session": named}, headers=headers, status=204)

    assert not is_in(other)


def test_nobody_ends_what_is_not_theirs(any_realm: Realm) -> None:
    """Nor their own by mistake: that is what the logout is for (AK-B02)."""
    any_realm.add_user("bob@example.com", PASSWORD)
    ada, bob = member(any_realm), member(any_realm, "bob@example.com")
    other = member(any_realm)
    foreign, own, meant = (
        flow.handle(any_realm, one.session) for one in (bob, ada, other)
    )

    ended = [flow.end(any_realm, ada, one) for one in (foreign, own, "", "made up")]
    assert ended == [False] * 4
    assert [flow.end(any_realm, ada, meant) for _ in range(2)] == [True, False]
    assert sessions.find(any_realm, bob.session.id, any_realm.now) is not None


def test_a_handle_outlives_a_change_of_the_secret(make: Any) -> None:
    """As long as the old one still counts."""
    realm = with_ada(make(secret=["o" * 40]))
    other = member(realm)
    named = flow.handle(realm, other.session)
    renewed = make(secret=["n" * 40, "o" * 40])

    assert flow.end(renewed, member(renewed, ADA), named)
