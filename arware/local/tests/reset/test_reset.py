"""A forgotten password: journeys through the pages, the mail and back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from arware.kit.operator import NotDone

from ...features.reset import flow
from ...features.reset.commands import reset_link
from ...models import EventRow, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..mailbox import last_link, letters
from ..operating import acting, said, told
from ..support import ADA, PASSWORD, Browser, Clock, caller_at, needs, submit
from .journeys import NEW, ask, asked, choose, open_link

pytestmark = needs("password")


def test_the_whole_way(realm: Realm, browser: Browser) -> None:
    """From the login page through the mail to the login with the new password."""
    asking = browser.get("/login").click("Forgot")
    sent = submit(asking, email=ADA).follow()
    choice = open_link(Browser(realm), last_link(realm))
    back = choose(choice)

    assert "Check your e-mail" in sent
    assert "Log in with it." in back.follow()
    assert not browser.is_logged_in
    assert "is wrong" in browser.log_in(password=PASSWORD, status=422)
    browser.log_in(password=NEW)
    assert browser.is_logged_in


def test_the_mail(realm: Realm, browser: Browser) -> None:
    """It goes to the stored address, and leads to the configured one (T42, T76)."""
    browser.app.extra_environ["HTTP_HOST"] = "127.0.0.1:8001"
    ask(browser, " ADA@Example.COM ")
    (mail,) = letters(realm)

    assert mail.to == ADA
    assert mail.subject == "Choose a new password for Local realm"
    assert "works once, for 30 minutes" in mail.text
    assert "http://127.0.0.1:8001/password/change?token=tpw" in mail.text


def test_a_user_name_will_do(make: Make) -> None:
    """However it is spelt (AK-F13, AK-B17)."""
    realm = make()
    realm.add_user(ADA, PASSWORD, username="countess")
    ask(Browser(realm), "COUNTESS")

    assert [mail.to for mail in letters(realm)] == [ADA]


def test_for_nobody_no_login_is_said_to_have_failed(
    realm: Realm, browser: Browser
) -> None:
    """Operators read that there was no account, and what was asked (RQ-E1)."""
    ask(browser, "nobody@example.com")
    with realm.reading() as db:
        newest = select(EventRow).order_by(EventRow.number.desc())
        event = db.scalars(newest).first()

    assert event is not None
    assert (event.type, event.user_id) == ("user.unknown", None)
    assert event.data == {"event": "user.password.resetting"}


def test_a_weak_password_leaves_the_link_good(realm: Realm, browser: Browser) -> None:
    """Each fault is told at its field, the person's own words too."""
    with realm.writing() as db:
        db.execute(update(User).values(username="countess"))
    ask(browser)
    page = open_link(browser, last_link(realm))
    for password, problem in (
        ("", "Choose a password."),
        ("short", "at least 15"),
        ("password123456789", "easy to guess"),
        (f"{ADA}!", "little more than your name"),
        ("countess countess", "little more than your name"),
    ):
        page = choose(page, password, 422)
        assert problem in page
    choose(page)


# --- What follows ----------------------------------------------------------------


@needs("account")
def test_all_sessions_end(realm: Realm, browser: Browser) -> None:
    """Also the one that asked (AK-B13)."""
    other = Browser(realm)
    for one in (browser, other):
        one.log_in()
    ask(browser)
    choose(open_link(browser, last_link(realm)))

    for one in (browser, other):
        assert "/login" in one.get("/profile", status=303).location


def test_it_is_no_login(realm: Realm) -> None:
    """So that no second factor and no other step of the login is passed by (RQ-K9)."""
    browser = Browser(realm)
    ask(browser)
    choose(open_link(browser, last_link(realm)))

    assert not browser.is_logged_in
    assert "arrealm_pending" not in browser.cookies


def test_the_address_is_confirmed(realm: Realm) -> None:
    """Mail to it has reached its owner; the password that was given now stays."""
    flow.choose(realm, caller_at(realm.now), asked(realm), NEW)

    assert find(realm, ADA).email_verified
    assert Browser(realm).log_in(password=NEW)


def test_who_has_no_password_gets_one(make: Make) -> None:
    """As somebody whom an operator has added."""
    realm = make()
    realm.add_user(ADA)
    flow.choose(realm, caller_at(realm.now), asked(realm), NEW)

    assert Browser(realm).log_in(password=NEW)


def test_a_password_that_is_off_is_on_again(realm: Realm, clock: Clock) -> None:
    """After a hundred failures only a link helps (RQ-T1, RQ-T5)."""
    for number in range(100):
        strange = Browser(realm, {"REMOTE_ADDR": f"198.51.100.{number}"})
        strange.log_in(password="wrong", status="*")
        clock.forward(minutes=61)
    assert "is wrong" in Browser(realm).log_in(status=422)
    flow.choose(realm, caller_at(realm.now), asked(realm), NEW)

    assert Browser(realm).log_in(password=NEW)


def test_what_is_recorded(realm: Realm) -> None:
    """That it was asked for and done, with AuthRocket's words and no secret."""
    token = asked(realm)
    flow.choose(realm, caller_at(realm.now), token, NEW)
    with realm.reading() as db:
        rows = db.scalars(select(EventRow).order_by(EventRow.id)).all()
        types = {row.type for row in rows}
        texts = [str((row.data, row.client)) for row in rows]

    assert {"user.password.resetting", "user.password.updated"} <= types
    assert not any(token.partition(".")[2] in text for text in texts)


# --- Programs --------------------------------------------------------------------


def post(realm: Realm, path: str, status: int, **fields: str) -> Any:
    """Send JSON, as a program without cookies."""
    return Browser(realm).app.post_json(path, fields, status=status)


def test_programs_do_the_same(realm: Realm) -> None:
    """204 when it is done, the stable words when it is not (AK-H01, AK-H02)."""
    done = post(realm, "/password/reset", 204, email=ADA)
    token = last_link(realm).partition("token=")[2].replace("%3A", ":")
    weak = post(realm, "/password/change", 422, token=token, password="short")
    post(realm, "/password/change", 204, token=token, password=NEW)
    used = post(realm, "/password/change", 422, token=token, password=NEW)

    assert done.headers.getall("Set-Cookie") == []
    assert weak.json["reasons"] == {"password": ["password_too_short"]}
    assert used.json["reasons"] == {"": ["token_invalid"]}


def test_without_the_form_nothing_happens(realm: Realm, browser: Browser) -> None:
    """A stranger's page cannot send either form (T77)."""
    for path in ("/password/reset", "/password/change"):
        browser.app.post(path, {"email": ADA, "password": NEW}, status=403)

    assert letters(realm) == []


def test_sessions_end_in_applications_too(realm: Realm) -> None:
    """They are told at once, as of a logout."""
    told: list[str] = []

    class Watcher:
        def ended(
            self, *, session_id: str | None = None, user_id: str | None = None
        ) -> None:
            told.append("user" if user_id else "session")

    watcher = Watcher()
    realm.watch(watcher)
    Browser(realm).log_in()
    flow.choose(realm, caller_at(realm.now), asked(realm), NEW)

    assert set(told) == {"user", "session"}


def test_a_realm_below_a_path(make: Make) -> None:
    """As one that is mounted in an application: every address has the path."""
    realm = with_ada(make(url="http://127.0.0.1:8001/auth"))
    browser = Browser(realm)
    sent = submit(browser.get("/auth/password/reset"), email=ADA)
    assert sent.location.endswith("/auth/password/reset/sent")
    (mail,) = letters(realm)
    assert "http://127.0.0.1:8001/auth/password/change?token=tpw" in mail.text
    page = browser.get(f"/auth{last_link(realm)}", status=303).follow()
    assert choose(page).location.endswith("/auth/login")


def test_an_operator_mails_a_link(realm: Realm, browser: Browser) -> None:
    """As if its owner had asked for it, and however many were sent."""
    told(realm, acting("reset"), ADA)
    choose(open_link(browser, last_link(realm)))
    for _ in range(4):
        told(realm, acting("reset"), ADA)

    browser.log_in(password=NEW)
    assert browser.is_logged_in
    assert sum("token=" in mail.text for mail in letters(realm)) == 5
    with pytest.raises(NotDone, match="there is no user nobody"):
        told(realm, acting("reset"), "nobody")


def test_an_operator_gets_the_link_of_who_has_no_address(realm: Realm) -> None:
    """To hand it over."""
    realm.add_user(username="bob", password=PASSWORD)
    line, remark = said(realm, reset_link, "bob")

    assert line.text == line.values["link"]
    assert "/password/change?token=tpw" in line.text
    assert "Hand it to nobody else" in remark
    with pytest.raises(NotDone, match="nothing of this kind"):
        told(realm, acting("reset"), "bob")
