"""Another e-mail address: asked for, warned of, proved."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, update

from arware.kit.web.refusals import Refused

from ... import people
from ...features import FEATURES
from ...features.email_change import flow
from ...models import EventRow, User
from ...realm import Realm
from ..conftest import find
from ..mailbox import last_link, letters
from ..support import ADA, PASSWORD, Browser, Clock, caller_at, member, needs, submit

pytestmark = needs("password", "account")

NEW = "ada@elsewhere.example"
EVE = "eve@example.com"


@pytest.fixture
def at_home(browser: Browser) -> Browser:
    """Return Ada's browser, logged in."""
    browser.log_in()
    return browser


def section(browser: Browser) -> Any:
    """Return the form of the account page."""
    forms = browser.get("/profile").forms.values()
    (form,) = (form for form in forms if form.action.endswith("/profile/email"))
    return form


def ask(
    browser: Browser, email: str = NEW, password: str = PASSWORD, status: Any = 303
) -> Any:
    """Ask for another address."""
    form = section(browser)
    form["email"], form["current_password"] = email, password
    return form.submit(status=status)


def test_warnings_flood_no_mailbox(realm: Realm) -> None:
    """Whoever signed up with the address of somebody else can ask for many."""
    for number in range(9):
        asked(realm, f"eve{number}@example.com")

    assert len(letters(realm, ADA)) == 5


def asked(realm: Realm, email: str = NEW) -> str:
    """Ask without a browser; return the token."""
    flow.ask(realm, member(realm), email, PASSWORD)
    return last_link(realm).partition("token=")[2].replace("%3A", ":")


def open_link(browser: Browser, link: str) -> Any:
    """Open the link of a mail, and return the page behind it."""
    return browser.get(link, status=303).follow()


def sent(realm: Realm) -> list[str]:
    """Return to whom mails were written, sorted."""
    return sorted(mail.to for mail in letters(realm))


def test_the_whole_way(realm: Realm, at_home: Browser) -> None:
    """The old address lives on until the new one is proved; both are told (AK-F11)."""
    said = ask(at_home).follow()
    assert f"It will be <bdi>{NEW}</bdi>" in said
    assert sent(realm) == [NEW, ADA]
    assert find(realm, ADA).email == ADA
    assert Browser(realm).log_in(ADA)
    page = open_link(at_home, last_link(realm, NEW))
    assert "instead of to" in page
    assert NEW in submit(page).follow()

    assert find(realm, NEW).email_verified
    assert Browser(realm).log_in(NEW)
    Browser(realm).log_in(ADA, status=422)
    assert at_home.get("/profile")


def test_it_ends_all_other_sessions(realm: Realm, at_home: Browser) -> None:
    """Whoever was logged in elsewhere is out, and a copied cookie is worth nothing."""
    elsewhere = Browser(realm)
    elsewhere.log_in()
    thief = Browser.holding(realm, arrealm=at_home.cookies["arrealm"])
    ask(at_home)
    submit(open_link(at_home, last_link(realm, NEW)))

    assert at_home.get("/profile")
    assert elsewhere.get("/profile", 303)
    assert thief.get("/profile", 303)


def test_the_warning(realm: Realm, at_home: Browser) -> None:
    """It names the new address, and says what to do."""
    ask(at_home)
    (warning,) = letters(realm, ADA)

    assert NEW in warning.text
    assert "token=" not in warning.text
    way = "/password/reset" if "reset" in FEATURES else "/login"
    assert way in warning.text


def test_another_browser_has_to_log_in(realm: Realm, at_home: Browser) -> None:
    """A link that went to a mistyped address gives its reader nothing."""
    ask(at_home)
    link = last_link(realm, NEW)
    phone = Browser(realm)
    moved = phone.get(link, status=303)
    login = moved.follow()
    assert "/login?then=%2Femail%2Fchange" in login.location
    assert link.rpartition(".")[2] not in login.location
    back = submit(login.follow(), email=ADA, password=PASSWORD)
    submit(back.follow())

    assert find(realm, NEW).email == NEW


def test_somebody_else_cannot_use_it(realm: Realm, at_home: Browser) -> None:
    """Logged in as another user, neither by the page nor by a program."""
    realm.add_user(EVE, PASSWORD)
    ask(at_home)
    eve = Browser(realm)
    eve.log_in(EVE)
    page = open_link(eve, last_link(realm, NEW))
    assert "another account" in page
    assert not [form for form in page.forms.values() if "change" in form.action]
    with pytest.raises(Refused, match="link_of_another"):
        flow.prove(realm, member(realm, EVE), token_in(realm))
    open_link(at_home, last_link(realm, NEW)).form.submit(status=303)

    assert find(realm, NEW).email == NEW


def test_somebody_else_s_link_locks_nobody(realm: Realm) -> None:
    """Two users in one transaction could wait for each other."""
    realm.add_user(EVE, PASSWORD)
    token, eve = asked(realm), member(realm, EVE)
    with realm.writing(), pytest.raises(Refused, match="link_of_another"):
        flow.prove(realm, eve, token)


def test_who_has_no_password_is_asked_for_a_fresh_proof(
    realm: Realm, at_home: Browser, clock: Clock
) -> None:
    """Not for what they cannot enter."""
    with realm.writing() as db:
        db.execute(update(User).values(password_hash=None))
    clock.forward(minutes=14)
    assert "current_password" not in section(at_home).fields
    at_home.send("/profile/email", email=NEW)
    clock.forward(minutes=2)
    refused = at_home.send("/profile/email", email=EVE)

    assert refused.location.endswith("/proof?then=%2Fprofile")
    assert sent(realm) == [NEW, ADA]


def token_in(realm: Realm) -> str:
    """Return the token of the newest link."""
    return last_link(realm).partition("token=")[2].replace("%3A", ":")


def test_opening_changes_nothing(realm: Realm, at_home: Browser) -> None:
    """Scanners do it (RQ-K5)."""
    ask(at_home)
    for browser in (at_home, Browser(realm)):
        browser.get(last_link(realm, NEW), status=303).follow(status="*")
        browser.app.head(last_link(realm, NEW), status=303)

    assert find(realm, ADA).email == ADA


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        (NEW, "", "current password"),
        (NEW, "not the password at all", "not your current password"),
        ("x", PASSWORD, "e-mail address like"),
        ("", PASSWORD, "Fill this in"),
    ],
)
def test_what_is_refused(
    realm: Realm, at_home: Browser, email: str, password: str, said: str
) -> None:
    """At its field; no mail is written."""
    assert said in ask(at_home, email, password, 422)
    assert letters(realm) == []


def test_ones_own_address_is_no_change(realm: Realm, at_home: Browser) -> None:
    """However it is spelt."""
    ask(at_home, " ADA@Example.com", "")

    assert letters(realm) == []


def test_a_taken_address_looks_free(realm: Realm, at_home: Browser) -> None:
    """Its owner is told, and nobody else (RQ-E1)."""
    realm.add_user(EVE, PASSWORD)
    said = ask(at_home, EVE).follow()

    assert f"It will be <bdi>{EVE}</bdi>" in said
    assert f"sent a message to {EVE}" in said
    (mail,) = letters(realm, EVE)
    assert "token=" not in mail.text
    assert sent(realm) == [ADA, EVE]


@needs("reset")
def test_who_does_not_know_the_account_is_told_how_to_get_it(
    realm: Realm, at_home: Browser
) -> None:
    """A stranger may have signed up with the address, which else they would keep."""
    realm.add_user(EVE, PASSWORD)
    ask(at_home, EVE)
    (mail,) = letters(realm, EVE)

    assert f"{realm.url}password/reset\n" in mail.text


def test_who_signs_up_meanwhile_wins(realm: Realm) -> None:
    """The database decides once more when the link is used (AK-F12)."""
    token = asked(realm)
    realm.add_user(NEW, PASSWORD)
    with pytest.raises(Refused, match="email_taken"):
        flow.prove(realm, member(realm), token)

    assert find(realm, ADA).email == ADA


def test_a_link_is_for_its_own_address(realm: Realm, clock: Clock) -> None:
    """Two changes at once do not mix: the later one voids the earlier (AK-B09)."""
    first = asked(realm, "first@elsewhere.example")
    clock.forward(seconds=1)
    second = asked(realm, "second@elsewhere.example")
    ada = member(realm)
    with pytest.raises(Refused, match="token_invalid"):
        flow.prove(realm, ada, first)

    assert flow.prove(realm, ada, second)[0] == "second@elsewhere.example"


def set_password(realm: Realm) -> None:
    """Change Ada's password."""
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        people.set_password(db, user, "hash")


def prove_first(realm: Realm) -> None:
    """Prove Ada's address for the first time, as its owner does."""
    with realm.writing() as db:
        user = people.by_email(db, ADA)
        assert user is not None
        people.prove_address(realm, db, user, caller_at(realm.now), keep_password=True)


@pytest.mark.parametrize("change", [set_password, prove_first])
def test_what_voids_a_change(realm: Realm, change: Any) -> None:
    """A new password, and the first proof of the address that is."""
    token = asked(realm)
    change(realm)
    with pytest.raises(Refused, match="token_invalid"):
        flow.prove(realm, member(realm), token)


def test_a_link_is_good_for_a_day(realm: Realm, at_home: Browser, clock: Clock) -> None:
    """Then the section does not speak of it any more."""
    ask(at_home)
    clock.forward(minutes=24 * 60)
    again = Browser(realm)
    again.log_in()

    assert "It will be" not in again.get("/profile")
    assert "not valid any more" in again.get(last_link(realm, NEW), status=422)


def test_of_many_at_once_one_wins(any_realm: Realm) -> None:
    """The database decides."""
    token, ada = asked(any_realm), member(any_realm)

    def use(_: int) -> str:
        try:
            return flow.prove(any_realm, ada, token)[0]
        except Refused as refused:
            return refused.reason.word

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(use, range(40)))

    assert answers.count(NEW) == 1
    assert {*answers} <= {"account_changed", "token_invalid", NEW}


def test_mails_are_few(realm: Realm, at_home: Browser, clock: Clock) -> None:
    """Three, then one in twenty minutes; the answer stays the same (RQ-T7)."""
    for _ in range(9):
        assert ask(at_home).location.endswith("/profile")
        clock.forward(minutes=1)

    assert len(letters(realm, NEW)) == 3


def test_what_is_recorded(realm: Realm) -> None:
    """Asking and changing; the second is told by mail where a feature does that."""
    flow.prove(realm, member(realm), asked(realm))
    with realm.reading() as db:
        types = set(db.scalars(select(EventRow.type)))

    assert {
        "user.email.change_asked",
        "user.email.updating",
        "user.email.verified",
    } <= types


def test_whoever_knew_the_old_password_asks_for_nothing(realm: Realm) -> None:
    """A request under way, proven by the old password, comes too late."""
    ada = member(realm)
    set_password(realm)
    with pytest.raises(Refused, match="account_changed"):
        flow.ask(realm, ada, NEW, PASSWORD)

    assert letters(realm) == []


def test_who_is_disabled_changes_nothing(realm: Realm) -> None:
    """Also with a link from before."""
    token = asked(realm)
    ada = member(realm)
    with realm.writing() as db:
        db.execute(update(User).values(state="inactive"))
    with pytest.raises(Refused, match="token_invalid"):
        flow.prove(realm, ada, token)
