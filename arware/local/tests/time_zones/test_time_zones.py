"""``/profile/region``, and what is guessed at the sign-up."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from arware.kit.time_zones import find_zone, time_zone_names

from ... import current
from ...events import ProfileUpdated
from ...models import EventRow
from ...realm import Realm
from ...tokens import login_token
from ..conftest import Make, find, with_ada
from ..support import ADA, PASSWORD, URL, Browser, member, needs, submit

HERE = {"Origin": URL}


@pytest.fixture
def inside(browser: Browser) -> Browser:
    """Return a browser in which Ada is logged in."""
    browser.log_in()
    return browser


def choose(browser: Browser, locale: str, zone: str, status: int) -> dict[str, object]:
    """Send a choice as a program does; return what is wrong with it."""
    fields = {"locale": locale, "time_zone": zone}
    answer = browser.app.post_json(
        "/profile/region", fields, headers=HERE, status=status
    )
    return {} if status == 204 else answer.json["reasons"]


def test_ak_f24_a_person_chooses_language_and_zone(
    realm: Realm, inside: Browser
) -> None:
    """AK-M03: the language is the page's from then on, and it is recorded."""
    page = inside.get("/profile/region")
    submit(page, locale="es", time_zone="Asia/Tokyo")
    saved = inside.get("/profile/region")
    ada = find(realm, ADA)
    with realm.reading() as db:
        event = db.query(EventRow).order_by(EventRow.number.desc()).first()

    assert (ada.locale, ada.custom) == ("es", {"time_zone": "Asia/Tokyo"})
    assert saved.html.html["lang"] == "es"
    assert saved.form["time_zone"].value == "Asia/Tokyo"
    assert event is not None
    assert (event.type, event.user_id) == (ProfileUpdated.type, ada.id)


def test_the_zone_is_taken_out_again(realm: Realm, inside: Browser) -> None:
    """Other attributes of the person stay what they are."""
    with realm.writing() as db:
        db.merge(find(realm, ADA)).custom = {"team": 7}
    choose(inside, "en", "Europe/Paris", 204)
    with_zone = find(realm, ADA).custom
    choose(inside, "en", "", 204)

    assert with_zone == {"team": 7, "time_zone": "Europe/Paris"}
    assert find(realm, ADA).custom == {"team": 7}


@pytest.mark.parametrize(
    "zone", ["Europe/Atlantis", "Europe", "../../etc/passwd", "Eastern Time", "\ud7ff"]
)
def test_a_zone_that_is_none_is_refused(inside: Browser, zone: str) -> None:
    """With a word that stays, and a text that says what to write."""
    assert choose(inside, "en", zone, 422) == {"time_zone": ["time_zone_unknown"]}


def test_a_language_that_nobody_speaks_is_refused(inside: Browser) -> None:
    """The page's texts would have none."""
    assert choose(inside, "tlh", "UTC", 422) == {"locale": ["locale_unknown"]}


def test_the_login_token_tells_both(realm: Realm, inside: Browser) -> None:
    """As the hosted service does: ``cs`` and ``locale``, and so does ``auth.zone``."""
    choose(inside, "ja", "Asia/Tokyo", 204)
    ada = member(realm)
    token = login_token(realm, ada.session, ada.user, None, realm.now)
    read = pytest.importorskip("jwt").decode(token, options={"verify_signature": False})

    assert read["cs"] == {"time_zone": "Asia/Tokyo"}
    assert read["locale"] == "ja"


def test_the_application_knows_the_zone(realm: Realm, inside: Browser) -> None:
    """Where it owns the realm's code."""
    cookie = inside.cookies["arrealm"]
    before = current.find(realm, cookie).user
    choose(inside, "en", "Asia/Tokyo", 204)
    after = current.find(realm, cookie).user

    assert before is not None
    assert after is not None
    assert before.zone is None
    assert after.zone == ZoneInfo("Asia/Tokyo")


@needs("signup")
@pytest.mark.parametrize(
    ("guess", "custom"),
    [
        ("America/New_York", {"time_zone": "America/New_York"}),
        ("", None),
        ("Etc/Unknown", None),
    ],
)
def test_both_are_guessed_at_the_sign_up(
    make: Make, guess: str, custom: dict[str, str] | None
) -> None:
    """Nobody is kept out by what a script read of the browser."""
    realm = make()
    browser = Browser(realm, {"HTTP_ACCEPT_LANGUAGE": "es-MX"})
    page = browser.get("/signup")
    submit(page, email="new@example.com", password=PASSWORD, time_zone=guess)
    new = find(realm, "new@example.com")

    assert "time_zone.js" in page.text
    assert (new.locale, new.custom) == ("es", custom)


@needs("account")
def test_people_see_it_on_their_account_page(make: Make) -> None:
    """UTC while there is none, or none that is known here."""
    realm = with_ada(make())
    with realm.writing() as db:
        db.merge(find(realm, ADA)).custom = {"time_zone": "Mars/Base"}
    browser = Browser(realm)
    browser.log_in()
    section = browser.get("/profile").html.find(id="region-title").parent

    assert "UTC, where it is 08:00 now" in section.text


def test_each_name_on_the_list_is_a_zone() -> None:
    """Also where the system has zones of another year."""
    names = time_zone_names()

    assert len(names) > 400
    assert [name for name in names if find_zone(name) is None] == []
    assert "US/Eastern" not in names


@needs("audit")
def test_ak_f24_pages_tell_times_of_the_persons_zone(inside: Browser) -> None:
    """As their clock shows them, with the zone."""
    before = inside.get("/activity").html.find("time")
    choose(inside, "en", "Asia/Tokyo", 204)
    after = inside.get("/activity").html.find("time")

    assert before.text == "Jan 15, 2027, 08:00 UTC"
    assert after.text == "Jan 15, 2027, 17:00 JST"
    assert after["datetime"] == "2027-01-15T17:00:00+09:00"
