"""API tokens that people make by themselves, on their account page (AK-N05, AK-T06)."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from sqlalchemy import select

from arware.kit.web import Refused

from ...features import FEATURES
from ...features.api_tokens import self_service
from ...features.api_tokens.settings import ApiTokens
from ...models import EventRow
from ...realm import Realm
from ..conftest import Make
from ..mailbox import letters
from ..support import ADA, PASSWORD, Browser, Clock, member, needs, submit

pytestmark = needs("password", "account")

OWN = ApiTokens(self_service=True)


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm in which people make tokens; Ada owns an org, if there are any."""
    realm = make(api_tokens=OWN)
    realm.add_user(ADA, PASSWORD, org="Acme" if "orgs" in FEATURES else None)
    return realm


@pytest.fixture
def browser(realm: Realm) -> Browser:
    """Return a browser in which Ada is logged in."""
    browser = Browser(realm)
    browser.log_in()
    return browser


def make_token(browser: Browser, status: Any = 200, **fields: str) -> Any:
    """Make a token at the page for it, and return the answer."""
    values: dict[str, Any] = {"name": "Nightly report"} | fields
    return submit(browser.get("/profile/tokens/new"), status=status, **values)


def shown(page: Any) -> str:
    """Return the token that a page shows."""
    return str(page.html.find("pre").text)


def claims(realm: Realm, token: str) -> Any:
    """Return what the login token says for which *token* is redeemed."""
    redeemed = realm.redeem_api_token(token)
    assert redeemed is not None
    return jwt.decode(redeemed, options={"verify_signature": False})


def test_somebody_makes_a_token_and_sees_it_once(
    browser: Browser, realm: Realm
) -> None:
    """AK-T06: only its digest is kept. The list says what it is for."""
    page = browser.get("/profile").click("Make an API token")
    token = shown(submit(page, name="Nightly report", status=200))
    before = browser.get("/profile").click("See your API tokens").text
    used = claims(realm, token)
    after = browser.get("/profile/tokens").text

    assert used["email"] == ADA
    assert ("never used" in before, "never used" in after) == (True, False)
    for listed in (before, after):
        assert "Nightly report" in listed
        assert token not in listed


@needs("orgs")
@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("ar:owner ar:admin", ["ar:owner", "ar:admin"]),
        ("ar:admin ar:admin", ["ar:admin"]),
        ("", []),
    ],
)
def test_it_may_do_what_its_user_lets_it(
    browser: Browser, realm: Realm, wanted: str, found: list[str]
) -> None:
    """AK-N05: those permissions that were left in; what the user loses, it loses."""
    token = shown(make_token(browser, permissions=wanted))

    (org,) = claims(realm, token)["orgs"]
    assert org["perm"] == found


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"permissions": "reports:read"}, "You do not have reports:read yourself."),
        ({"days": "0"}, "Enter a number from 1 to 365."),
        ({"days": "366"}, "Enter a number from 1 to 365."),
        ({"days": "\u0663"}, "Enter a number from 1 to 365."),
        ({"name": " "}, "Fill this in."),
    ],
)
@needs("orgs")
def test_what_cannot_be_is_told_at_its_field(
    browser: Browser, fields: dict[str, str], text: str
) -> None:
    """Nobody gives a program more than they have."""
    page = make_token(browser, status=422, **fields)

    assert page.html.find(class_="error").text == text


def test_it_ends_by_a_button_or_in_time(
    browser: Browser, realm: Realm, clock: Clock
) -> None:
    """It is revoked at once; the other one by its day."""
    first, second = (shown(make_token(browser, name=name)) for name in "ab")
    page = submit(browser.get("/profile/tokens")).follow()
    clock.forward(minutes=90 * 24 * 60)

    assert "The API token was revoked." in page.text
    assert page.text.count(">Revoke<") == 1
    assert [realm.redeem_api_token(one) for one in (first, second)] == [None, None]


def test_nobody_ends_a_token_of_somebody_else(realm: Realm) -> None:
    """Its id is no secret, and is nobody else's business."""
    realm.add_user("bob@example.com", PASSWORD)
    token = realm.add_api_token("bob@example.com", "x")
    (issued,) = realm.api_tokens()
    self_service.end(realm, member(realm), issued.id)

    assert realm.redeem_api_token(token) is not None


def test_a_new_token_needs_a_fresh_proof(browser: Browser, clock: Clock) -> None:
    """A browser that was left open makes none, and ends what it likes (RQ-S7)."""
    clock.forward(minutes=16)

    assert "/proof" in browser.get("/profile/tokens/new", 303).location
    assert browser.get("/profile/tokens").status_int == 200


def test_there_are_not_too_many(realm: Realm) -> None:
    """Somebody who has fifty has to end one first."""
    ada = member(realm)
    for number in range(self_service.MOST):
        self_service.make(realm, ada, f"{number}", 1, ())

    with pytest.raises(Refused, match="too_many_api_tokens"):
        self_service.make(realm, ada, "more", 1, ())


def test_it_is_off_until_it_is_wanted(make: Make) -> None:
    """Most applications have no API for the programs of their users."""
    realm = make()
    realm.add_user(ADA, PASSWORD)
    browser = Browser(realm)
    browser.log_in()

    assert "API token" not in browser.get("/profile").text
    browser.get("/profile/tokens", 404)
    browser.get("/profile/tokens/new", 404)


def test_a_program_gets_json(browser: Browser, realm: Realm) -> None:
    """The token, once."""
    answer = browser.app.post_json(
        "/profile/tokens/new",
        {"name": "x", "days": "1"},
        headers={"Origin": "http://127.0.0.1:8001"},
    )

    assert claims(realm, answer.json["token"])["email"] == ADA


@needs("security_mail")
def test_who_did_not_make_it_hears_of_it(browser: Browser, realm: Realm) -> None:
    """By mail; what was ended stands in the log of the account."""
    make_token(browser)
    submit(browser.get("/profile/tokens"))

    (mail,) = letters(realm, ADA)
    asked = select(EventRow.type).where(EventRow.type.startswith("api_token"))
    with realm.reading() as db:
        happened = list(db.scalars(asked.order_by(EventRow.number)))
    assert "An API token was made for your account." in mail.text
    assert happened == ["api_token.created", "api_token.deleted"]
