"""
Authkit's own sentences about signing up, one test for each.

AK-X06 is of its controller (14), AK-X08 of its form (12), in their order. What
Authkit's form did in one object is here a form, a flow and handlers of an event.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from arware.kit.web import Refused

from ...events import UserCreated
from ...features.signup.flow import Wish, sign_up
from ...models import EventRow, LoginSession, User
from ...people import NewPassword
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..mailbox import letters
from ..support import (
    ADA,
    PASSWORD,
    START,
    URL,
    Browser,
    caller_at,
    needs,
    submit,
    where_there,
)

pytestmark = needs("signup")

GRACE = "grace@example.com"
TERMS = {"terms.version": "1", "terms.url": "https://shop.example/terms"}


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm that asks people to confirm their address, and lets them in."""
    return with_ada(make(**where_there(confirm__mode="soft")))


def count(realm: Realm, table: Any) -> int:
    """Return how many rows there are beside Ada's own."""
    with realm.reading() as db:
        number = db.scalar(select(func.count()).select_from(table)) or 0
    return number - (table is User)


def post(browser: Browser, status: int, **fields: Any) -> Any:
    """Sign up as a program does."""
    values = {"email": GRACE, "password": PASSWORD} | fields
    headers = {"Origin": URL}
    return browser.app.post_json("/signup", values, headers=headers, status=status)


def wish(email: str = GRACE) -> Wish:
    """Return what somebody wants, who has typed it well."""
    return Wish(email, NewPassword(PASSWORD))


# AK-X06


def test_ak_x06_1_there_is_a_page(browser: Browser) -> None:
    """With a form (AK-R01)."""
    assert {"email", "password"} <= {*browser.get("/signup").form.fields}


def test_ak_x06_2_it_creates_a_user(realm: Realm, browser: Browser) -> None:
    """One (AK-R02)."""
    browser.sign_up(email=GRACE)

    assert count(realm, User) == 1


@needs("confirm")
def test_ak_x06_3_it_sends_the_confirmation(realm: Realm, browser: Browser) -> None:
    """A mail with a link."""
    browser.sign_up(email=GRACE)

    assert ["token=" in mail.text for mail in letters(realm, GRACE)] == [True]


def test_ak_x06_4_it_signs_in(browser: Browser) -> None:
    """At once (AK-F03)."""
    browser.sign_up(email=GRACE)

    assert browser.is_logged_in


@needs("remember")
def test_ak_x06_5_it_remembers_who_wants_it(realm: Realm, browser: Browser) -> None:
    """By a session that is longer, and a cookie that outlives the browser."""
    answer = submit(
        browser.get("/signup"), email=GRACE, password=PASSWORD, remember=True
    )
    with realm.reading() as db:
        session = db.scalars(select(LoginSession)).one()

    assert session.remembered
    assert "Max-Age" in next(
        one for one in answer.headers.getall("Set-Cookie") if one[:8] == "arrealm="
    )


@needs("remember")
def test_ak_x06_6_it_remembers_nobody_else(realm: Realm, browser: Browser) -> None:
    """Authkit's box was ticked already (AK-D05); here it is not."""
    browser.sign_up(email=GRACE)
    with realm.reading() as db:
        session = db.scalars(select(LoginSession)).one()

    assert not session.remembered


def test_ak_x06_7_it_leads_on(browser: Browser) -> None:
    """A browser goes on to where it was going."""
    assert browser.sign_up(email=GRACE).location


def test_ak_x06_8_a_program_creates_a_user(realm: Realm, browser: Browser) -> None:
    """As a person does."""
    post(browser, 204)

    assert count(realm, User) == 1


def test_ak_x06_9_a_program_is_signed_in(browser: Browser) -> None:
    """It gets the cookie of a session."""
    post(browser, 204)

    assert browser.is_logged_in


def test_ak_x06_10_a_program_gets_204(browser: Browser) -> None:
    """AK-H01: with nothing in it."""
    assert post(browser, 204).body == b""


def test_ak_x06_11_nonsense_creates_nobody(realm: Realm, browser: Browser) -> None:
    """Neither a user nor a session."""
    browser.sign_up(422, email="x", password="y")

    assert (count(realm, User), count(realm, LoginSession)) == (0, 0)


def test_ak_x06_12_errors_are_shown(browser: Browser) -> None:
    """At their fields."""
    page = browser.sign_up(422, email="x", password="y")

    assert page.html.find(id="email-error").text
    assert page.html.find(id="password-error").text


def test_ak_x06_13_a_program_gets_422(realm: Realm, browser: Browser) -> None:
    """AK-H02; nobody is created."""
    post(browser, 422, email="x")

    assert count(realm, User) == 0


def test_ak_x06_14_a_program_gets_the_message(browser: Browser) -> None:
    """For each field, and a word that stays."""
    told = post(browser, 422, email="x").json

    assert told["status"] == "error"
    assert told["errors"]["email"] == ["Enter an e-mail address like name@example.com."]
    assert told["reasons"]["email"] == ["email_invalid"]


# AK-X08


def test_ak_x08_1_a_form_is_nobody_yet(realm: Realm, browser: Browser) -> None:
    """Looking at it stores nothing."""
    browser.get("/signup")

    assert (count(realm, User), count(realm, LoginSession)) == (0, 0)


@needs("terms")
def test_ak_x08_2_the_terms_are_accepted(make: Make) -> None:
    """Where there are some; an answer that is missing is no yes (AK-F04)."""
    browser = Browser(make(**TERMS))

    assert post(browser, 422).json["reasons"] == {"terms": ["terms_needed"]}


def test_ak_x08_3_it_validates(browser: Browser) -> None:
    """All of it at once."""
    told = post(browser, 422, email="x", password="y", first_name="\u202e")

    assert {*told.json["reasons"]} == {"email", "password", "first_name"}


def test_ak_x08_4_it_has_the_errors_of_the_user(browser: Browser) -> None:
    """What only the database knows stands at its field, too."""
    told = post(browser, 422, email=ADA)

    assert told.json["reasons"] == {"email": ["email_taken"]}


def test_ak_x08_5_saving_validates(realm: Realm) -> None:
    """The flow asks the database itself."""
    with pytest.raises(Refused, match="email_taken"):
        sign_up(realm, caller_at(realm.now), wish(ADA))


def test_ak_x08_6_saving_persists(realm: Realm) -> None:
    """The user, with a password that is a hash (AK-M01)."""
    sign_up(realm, caller_at(realm.now), wish())
    grace = find(realm, GRACE)

    assert grace.created_at == START
    assert realm.verify(grace.password_hash, PASSWORD)


def test_ak_x08_7_saving_welcomes(realm: Realm) -> None:
    """AK-F05: by an event, which a welcome of the team's own can hear."""
    sign_up(realm, caller_at(realm.now), wish())

    assert created(realm) == [find(realm, GRACE).id]


@needs("confirm")
def test_ak_x08_8_saving_sends_the_confirmation(realm: Realm) -> None:
    """In the transaction of the user."""
    sign_up(realm, caller_at(realm.now), wish())

    assert len(letters(realm, GRACE)) == 1


@pytest.fixture
def refused(realm: Realm) -> Realm:
    """Return a realm in which somebody has tried to save what is not valid."""
    with pytest.raises(Refused):
        sign_up(realm, caller_at(realm.now), wish(ADA))
    return realm


def test_ak_x08_9_what_is_invalid_is_refused(refused: Realm) -> None:
    """And signs nobody in."""
    assert count(refused, LoginSession) == 0


def test_ak_x08_10_what_is_invalid_is_not_persisted(refused: Realm) -> None:
    """There is Ada, as before."""
    assert count(refused, User) == 0


def test_ak_x08_11_what_is_invalid_is_not_welcomed(refused: Realm) -> None:
    """Nothing is told of it."""
    assert created(refused) == []


def test_ak_x08_12_what_is_invalid_gets_no_confirmation(refused: Realm) -> None:
    """There are only mails of before."""
    assert {mail.to for mail in letters(refused)} <= {ADA}
    assert len(letters(refused)) <= 1


def created(realm: Realm) -> list[str | None]:
    """Return the users who have signed up."""
    asked = select(EventRow.user_id).where(
        EventRow.type == UserCreated.type, EventRow.client != "operator"
    )
    with realm.reading() as db:
        return list(db.scalars(asked))
