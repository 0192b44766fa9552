"""What people say of themselves (AK-M03)."""

from __future__ import annotations

from typing import Any

import pytest

from arware.errors import ConfigurationError

from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..support import ADA, URL, Browser, needs

pytestmark = needs("password", "account")

PATH = "/profile/about"


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm that asks for all."""
    return with_ada(make(**{"about.fields": "bio website phone_number"}))


@pytest.fixture
def inside(realm: Realm) -> Browser:
    """Return a browser in which Ada is logged in."""
    browser = Browser(realm)
    browser.log_in()
    return browser


def post(browser: Browser, status: int, **fields: str) -> Any:
    """Send *fields* as a program does."""
    return browser.app.post_json(PATH, fields, headers={"Origin": URL}, status=status)


def test_ak_m03_people_say_who_they_are(realm: Realm, inside: Browser) -> None:
    """In one spelling, beside other attributes; the page shows it again."""
    with realm.writing() as db:
        db.merge(find(realm, ADA)).custom = {"team": 7}
    page = inside.send(
        PATH,
        bio=" Counts   on it ",
        website="example.com/ada",
        phone_number="+44 (20) 7946-0000",
    ).follow()

    said = {
        "bio": "Counts on it",
        "website": "https://example.com/ada",
        "phone_number": "+442079460000",
    }
    assert find(realm, ADA).custom == {"team": 7, **said}
    assert {page.html.find(id=f"about-{name}")["value"] for name in said} == {
        *said.values()
    }


def test_what_is_left_out_goes(realm: Realm, inside: Browser) -> None:
    """An empty field takes it back."""
    post(inside, 204, bio="Counts on it")
    post(inside, 204)

    assert find(realm, ADA).custom is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"website": "javascript:alert(1)"}, "website_invalid"),
        ({"website": "https://user@evil.example/"}, "website_invalid"),
        ({"website": "localhost"}, "website_invalid"),
        ({"phone_number": "020 7946 0000"}, "phone_invalid"),
        ({"phone_number": "+44 20 CALL ME"}, "phone_invalid"),
        ({"bio": "a\u202eb"}, "bio_invalid"),
        ({"bio": "x" * 301}, "too_long"),
    ],
)
def test_what_cannot_be_one_is_refused(
    realm: Realm, inside: Browser, fields: dict[str, str], reason: str
) -> None:
    """Whoever shows it can trust it to be a link, a number or a text."""
    told: Any = post(inside, 422, **fields)

    assert told.json["reasons"] == {next(iter(fields)): [reason]}
    assert find(realm, ADA).custom is None


def test_by_default_nobody_is_asked(make: Make) -> None:
    """There is no section, and nothing to send to."""
    browser = Browser(with_ada(make()))
    browser.log_in()

    assert PATH not in browser.get("/profile").text
    post(browser, 404, bio="x")


def test_a_field_that_there_is_not_is_told(make: Make) -> None:
    """The start names those that there are."""
    with pytest.raises(ConfigurationError, match="bio, website, phone_number"):
        make(**{"about.fields": "bio shoe_size"})
