"""User names instead of the address: people to whom nobody can write."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from arware.kit.operator import NotDone
from arware.kit.web.refusals import Refused

from ... import mail, one_time
from ...events import PasswordUpdated
from ...features import FEATURES
from ...models import EventRow, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..mailbox import last_link, letters
from ..support import (
    ADA,
    OTHER_PASSWORD,
    PASSWORD,
    Browser,
    caller_at,
    need,
    needs,
    plain,
    section,
    submit,
)

INSTEAD = {"usernames.mode": "instead"}
NEW = "bob@elsewhere.example"


@pytest.fixture
def nameless(any_realm: Realm) -> Realm:
    """Return a realm in which Bob has no address, on each kind of database."""
    any_realm.add_user(username="bob", password=PASSWORD)
    return any_realm


@pytest.fixture
def bobs(make: Make) -> Realm:
    """Return a realm in which addresses are optional, and Bob has none."""
    realm = with_ada(make(**INSTEAD))
    realm.add_user(username="bob", password=PASSWORD)
    return realm


# --- Without an address -------------------------------------------------------------


@needs("signup", "password")
def test_a_user_name_is_enough(make: Make) -> None:
    """To sign up, to be logged in at once, and to log in again (AK-F01)."""
    realm = make(**INSTEAD, **{"confirm.mode": "required"} if _has("confirm") else {})
    browser = Browser(realm)
    browser.sign_up(email="", username="Bob")

    assert browser.is_logged_in
    assert (find(realm, "bob").email, find(realm, "bob").name) == (None, "bob")
    assert Browser(realm).log_in("BOB")
    assert letters(realm) == []


def test_the_page_asks_for_the_user_name_first(bobs: Realm) -> None:
    """The address may be left out; one field has the focus, one is the user name."""
    page = Browser(bobs).get("/signup")
    fields = page.html.find_all("input", id=True)

    assert [one["id"] for one in fields][:2] == ["username", "email"]
    assert [one["id"] for one in fields if one.has_attr("autofocus")] == ["username"]
    assert [one["autocomplete"] for one in fields[:2]] == ["username", "email"]
    assert "required" not in page.form["email"].attrs
    assert "required" in page.form["username"].attrs


def test_an_address_may_be_given(bobs: Realm) -> None:
    """It logs in, too; it has to be one, and nobody else's."""
    need("password")
    Browser(bobs).sign_up(username="eve", email="eve@example.com")

    assert Browser(bobs).log_in("eve@example.com")
    page = Browser(bobs).sign_up(422, username="mallory", email="mallory")
    assert page.html.find(id="email-error")
    if not _has("confirm"):
        assert Browser(bobs).sign_up(422, username="mallory", email=ADA)


def test_without_either_nobody_signs_up(bobs: Realm) -> None:
    """The fault stands at the user name."""
    page = Browser(bobs).sign_up(422, email="", username="")

    assert page.html.find(id="username-error")
    assert not page.html.find(id="email-error")


def test_many_have_none(nameless: Realm) -> None:
    """Addresses are unique where they are; lists are by what people log in with."""
    nameless.add_user(username="zoe")
    nameless.add_user("carol@example.com", username="aaa")

    names = [user.login_name for user in nameless.users()]
    assert names == [ADA, "bob", "carol@example.com", "zoe"]


def test_a_program_gives_one_of_the_two(bobs: Realm) -> None:
    """Somebody with neither could not log in."""
    with pytest.raises(ValueError, match="email: Enter your e-mail address"):
        bobs.add_user(password=PASSWORD)


def test_a_program_finds_them_by_name(nameless: Realm) -> None:
    """To disable them, and to end their waits."""
    assert nameless.set_user_state(" BOB ", "inactive")
    assert nameless.end_waits("bob")
    assert find(nameless, "bob").state == "inactive"
    assert not nameless.set_user_state("nobody", "inactive")


@needs("account", "password")
def test_pages_call_them_by_the_user_name(bobs: Realm) -> None:
    """So does the password manager, which is told whose password it is."""
    browser = Browser(bobs)
    browser.log_in("bob")
    profile = browser.get("/profile")

    assert "None" not in profile.html.get_text()
    form = section(profile, "/profile/password")
    assert form.find("input", autocomplete="username")["value"] == "bob"
    assert "logged in as <bdi>bob</bdi>" in browser.get("/login?prompt=login")


@needs("account")
def test_who_has_no_address_keeps_the_user_name(bobs: Realm) -> None:
    """Without it nobody could log in, whatever the mode is now."""
    bobs.settings.features  # noqa: B018
    browser = Browser(bobs)
    browser.arrive("bob")
    page = browser.send("/profile/username", username="", status=422)

    assert page.html.find(id="username-username-error")
    assert find(bobs, "bob").username == "bob"


# --- Nobody to write to -------------------------------------------------------------


def test_a_mail_to_nobody_is_none(nameless: Realm) -> None:
    """What happens in the account is recorded, and no mail fails."""
    bob, caller = find(nameless, "bob"), caller_at(nameless.now)
    with nameless.writing() as db:
        nameless.record(db, PasswordUpdated(user_id=bob.id), caller)
        mail.write(nameless, db, bob, "test_mail", caller.now)

    assert letters(nameless) == []
    with nameless.reading() as db:
        assert "user.password.updated" in db.scalars(select(EventRow.type)).all()


@needs("reset")
def test_an_operator_hands_a_link_to_who_has_no_address(nameless: Realm) -> None:
    """It sets a password as a mailed one does, and proves no address."""
    flow = nameless.feature("reset")
    link = flow.link_for(nameless, "BOB")
    assert link.startswith("http://127.0.0.1:8001/password/change?token=tpw")
    token = link.partition("token=")[2].replace("%3A", ":")
    flow.choose(nameless, caller_at(nameless.now), token, OTHER_PASSWORD)

    assert Browser(nameless).log_in("bob", OTHER_PASSWORD)
    assert not find(nameless, "bob").email_verified
    for name in (ADA, "nobody"):
        with pytest.raises(NotDone, match=name):
            flow.link_for(nameless, name)


@needs("reset")
@pytest.mark.parametrize("change", [{"email": NEW}, {"credential_version": 9}])
def test_what_voids_that_link(nameless: Realm, change: dict[str, Any]) -> None:
    """An address that came later has not seen it; nor is it good for other proofs."""
    token = nameless.feature("reset").link_for(nameless, "bob").partition("token=")[2]
    with nameless.writing() as db:
        db.execute(update(User).where(User.username == "bob").values(change))

    with pytest.raises(Refused, match="token_invalid"):
        one_time.holder(nameless, "tpw", token.replace("%3A", ":"), nameless.now)


@needs("reset")
def test_a_reset_tells_nobody_that_there_is_no_address(bobs: Realm) -> None:
    """The answer is that for who is unknown, and for who gets a mail (RQ-E1)."""
    answers = [
        submit(Browser(bobs).get("/password/reset"), email=name)
        for name in ("bob", "nobody", ADA)
    ]

    assert len({str(plain(one)) for one in answers}) == 1
    assert len({str(plain(one.follow())) for one in answers}) == 1
    assert "Accounts without an e-mail address" in answers[0].follow()
    assert [one.to for one in letters(bobs)] == [ADA]


@needs("password")
def test_a_wrong_password_is_the_same_without_an_address(bobs: Realm) -> None:
    """As for somebody unknown, and somebody with an address (RQ-E1)."""
    answers = [
        Browser(bobs).log_in(name, "a wrong password", 422)
        for name in ("bob", "bub", ADA)
    ]
    said = [plain(one)[2] for one in answers]
    bodies = {one.replace(ADA, "bob").replace("bub", "bob") for one in said}

    assert len(bodies) == 1


@needs("signup", "confirm")
def test_a_taken_address_is_told_to_nobody(make: Make) -> None:
    """Where addresses have to be confirmed it looks as if it were new (RQ-E2)."""
    realm = with_ada(make(**INSTEAD, **{"confirm.mode": "required"}))
    answers = [
        Browser(realm).sign_up(303, email=email, username=name)
        for email, name in ((ADA, "eve"), ("new@example.com", "mallory"))
    ]

    assert plain(answers[0]) == plain(answers[1])
    assert answers[0].location.endswith("/email/confirm/wait")
    assert sorted(user.login_name for user in realm.users()) == [ADA, "new@example.com"]


@needs("confirm", "account")
def test_who_has_no_address_has_none_to_confirm(make: Make) -> None:
    """No section asks for it, and who asks all the same is sent nothing."""
    realm = make(**INSTEAD, **{"confirm.mode": "soft"})
    realm.add_user(username="bob", password=PASSWORD)
    browser = Browser(realm)
    browser.arrive("bob")

    assert section(browser.get("/profile"), "/email/confirm/send") is None
    realm.feature("confirm").ask(realm, caller_at(realm.now), find(realm, "bob"))
    assert letters(realm) == []


# --- An address later ---------------------------------------------------------------


@needs("email_change", "account", "password")
def test_an_address_can_be_added(bobs: Realm) -> None:
    """Once it is proved it logs in, and gets the messages."""
    browser = Browser(bobs)
    browser.log_in("bob")
    form = section(browser.get("/profile"), "/profile/email")
    assert "You have not added one yet." in form.get_text()
    browser.send("/profile/email", email=NEW, current_password=PASSWORD)
    assert [one.to for one in letters(bobs)] == [NEW]
    page = browser.get(last_link(bobs, NEW), status=303).follow()
    assert "instead of to" not in page
    submit(page)

    bob = find(bobs, NEW)
    assert (bob.username, bob.email_verified) == ("bob", True)
    assert {one.to for one in letters(bobs)} == {NEW}
    assert Browser(bobs).log_in(NEW)
    assert Browser(bobs).log_in("bob")


@needs("email_change", "account", "password")
def test_adding_one_does_not_tell_whose_it_is(bobs: Realm) -> None:
    """A taken one is answered like a free one; its owner is told (RQ-E1)."""
    said = []
    for email in (ADA, NEW):
        browser = Browser(bobs)
        browser.log_in("bob")
        fields = {"email": email, "current_password": PASSWORD}
        page = browser.send("/profile/email", **fields).follow()
        told = page.html.find(class_="notice"), section(page, "/profile/email")
        said.append(" ".join(one.get_text() for one in told).replace(email, NEW))

    assert said[0] == said[1]
    assert sorted(one.to for one in letters(bobs)) == [ADA, NEW]


def _has(feature: str) -> bool:
    return feature in FEATURES
