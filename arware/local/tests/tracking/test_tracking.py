"""What is noted of logins and visits, and what is not."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from ...features.tracking.models import SignIns, Visits
from ...models import EventRow, LoginSession
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..support import ADA, START, Browser, Clock, caller_at, needs

PEOPLE = {"HTTP_ACCEPT": "text/html,*/*"}
PRIVATE = ("HTTP_DNT", "HTTP_SEC_GPC", "HTTP_X_DO_NOT_TRACK")

pytestmark = needs("password")


def noted(realm: Realm, name: str = ADA) -> SignIns | None:
    """Return what is known of the logins of a user."""
    user = find(realm, name)
    with realm.reading() as db:
        return db.get(SignIns, user.id)


def visits(realm: Realm) -> list[tuple[int, str]]:
    """Return how often each unknown browser was there, and where it came from."""
    with realm.reading() as db:
        return [(row.number, row.source) for row in db.scalars(select(Visits))]


def from_page(realm: Realm, url: str, **environ: Any) -> Browser:
    """Return a browser that a page elsewhere has led to the login."""
    browser = Browser(realm, PEOPLE | environ)
    browser.get("/login", Referer=url)
    return browser


def test_ak_f26_a_login_is_counted_with_time_and_address(
    any_realm: Realm, clock: Clock
) -> None:
    """AK-M05: the current one, and the last one before it."""
    Browser(any_realm).log_in()
    first = noted(any_realm)
    clock.forward(minutes=10)
    Browser(any_realm, {"REMOTE_ADDR": "192.0.2.7"}).log_in()
    second = noted(any_realm)

    assert first is not None
    assert second is not None
    assert (first.sign_in_count, first.last_sign_in_at) == (1, None)
    assert second.sign_in_count == 2
    assert (second.last_sign_in_at, second.last_sign_in_ip) == (START, "192.0.2.1")
    assert second.current_sign_in_at == START + 600
    assert second.current_sign_in_ip == "192.0.2.7"


@pytest.mark.parametrize("header", PRIVATE)
def test_ak_f25_nothing_is_noted_of_who_wants_no_tracking(
    make: Make, header: str
) -> None:
    """Neither the login nor where it came from; the security log stays (RQ-N2)."""
    realm = with_ada(make(**{"tracking.mode": "visits"}))
    browser = from_page(realm, "https://news.example/", **{header: "1"})
    browser.log_in()
    with realm.reading() as db:
        session = db.scalars(select(LoginSession)).one()
        logged = db.scalars(
            select(EventRow).where(EventRow.type == "user.login.succeeded")
        ).one()

    assert noted(realm) is None
    assert visits(realm) == []
    assert not {"arrealm_source", "arrealm_visits"} & {*browser.cookies}
    assert session.ip == logged.ip == "192.0.2.1"


def test_ak_f25_another_value_of_the_header_says_nothing(realm: Realm) -> None:
    """``DNT: 0`` is no wish."""
    Browser(realm, {"HTTP_DNT": "0"}).log_in()

    assert noted(realm) is not None


def test_off_notes_nothing(make: Make) -> None:
    """A realm can do without."""
    realm = with_ada(make(**{"tracking.mode": "off"}))
    from_page(realm, "https://news.example/").log_in()

    assert noted(realm) is None


@pytest.mark.parametrize(
    ("query", "referer", "source"),
    [
        ("", "https://news.example/today?secret=1", "news.example"),
        ("", "http://127.0.0.1:8000/shop", ""),
        ("", "http://127.0.0.1:8001/signup", ""),
        ("", "https://login.example@evil.example/", ""),
        ("", "", ""),
        ("?utm_source=letter", "https://news.example/", "letter"),
        ("?redirect_uri=/shop%3Futm_source%3Dposter", "", "poster"),
        ("?utm_source=" + "x" * 300, "", "x" * 100),
    ],
)
def test_ak_f27_the_source_is_a_page_elsewhere_or_a_campaign(
    realm: Realm, query: str, referer: str, source: str
) -> None:
    """AK-M06: also the one that the application was opened with."""
    browser = Browser(realm, PEOPLE)
    browser.get(f"/login{query}", **({"Referer": referer} if referer else {}))
    browser.get("/login")
    browser.log_in()
    row = noted(realm)

    assert row is not None
    assert row.original_source == row.session_source == source


@needs("signup")
def test_ak_f27_the_first_source_stays_and_the_last_one_changes(
    realm: Realm, clock: Clock
) -> None:
    """So do the first and the last visit."""
    browser = Browser(realm, PEOPLE)
    browser.get("/signup", Referer="https://news.example/")
    browser.sign_up()
    clock.forward(minutes=60)
    later = from_page(realm, "https://blog.example/")
    later.log_in("new@example.com")
    row = noted(realm, "new@example.com")

    assert row is not None
    assert (row.original_source, row.session_source) == ("news.example", "blog.example")
    assert (row.first_visit_at, row.last_visit_at) == (START, START + 3600)


@needs("signup")
def test_ak_n18_visits_are_joined_to_who_signs_up(make: Make, clock: Clock) -> None:
    """AK-N15: with the time and the source of the first; the browser is forgotten."""
    realm = make(**{"tracking.mode": "visits"})
    browser = from_page(realm, "https://news.example/")
    clock.forward(minutes=20)
    browser.get("/login")
    clock.forward(minutes=31)
    browser.get("/signup", Referer="https://blog.example/")
    before = visits(realm)
    browser.sign_up()
    row = noted(realm, "new@example.com")

    assert before == [(2, "news.example")]
    assert visits(realm) == []
    assert row is not None
    assert (row.visits, row.first_visit_at) == (2, START)
    assert (row.original_source, row.session_source) == ("news.example", "blog.example")


def test_visits_are_not_noted_unless_it_is_wanted(realm: Realm) -> None:
    """By default a page that is only looked at leaves no row and no cookie."""
    browser = from_page(realm, "https://news.example/")

    assert visits(realm) == []
    assert {*browser.cookies} == {"arrealm_source", "arrealm_form"}


def test_one_network_fills_no_table(make: Make) -> None:
    """Without cookies each page is a new browser: 60 an hour are noted."""
    realm = make(**{"tracking.mode": "visits"})
    for _ in range(65):
        Browser(realm, PEOPLE).get("/login")
        Browser(realm).get("/connect/jwks", "*")

    assert len(visits(realm)) == 60


def test_a_program_that_logs_somebody_in_is_no_sign_in(realm: Realm) -> None:
    """There is no request that could say what its sender wants."""
    from ...login import finish

    with realm.writing() as db:
        user = find(realm, ADA)
        finish(realm, db, caller_at(realm.now), user, "test")

    assert noted(realm) is None


@needs("account")
def test_people_see_it_on_their_account_page(realm: Realm, clock: Clock) -> None:
    """How often, and when and from where the time before was."""
    Browser(realm, {"REMOTE_ADDR": "192.0.2.7"}).log_in()
    clock.forward(minutes=60)
    browser = Browser(realm)
    browser.log_in()
    section = browser.get("/profile").html.find(id="tracking-title").parent
    text = " ".join(section.text.split())

    assert "You have logged in 2 times" in text
    assert "from 192.0.2.7" in text


def test_visits_after_the_first_login_count_too(make: Make, clock: Clock) -> None:
    """The first visit and its source stay what they were."""
    realm = with_ada(make(**{"tracking.mode": "visits"}))
    from_page(realm, "https://news.example/").log_in()
    clock.forward(minutes=60)
    from_page(realm, "https://blog.example/").log_in()
    row = noted(realm)

    assert row is not None
    assert (row.visits, row.first_visit_at) == (2, START)
    assert row.original_source == "news.example"


def test_a_browser_that_was_forgotten_is_a_new_one(make: Make, clock: Clock) -> None:
    """Its cookie outlives its row (AK-N18)."""
    realm = make(**{"tracking.mode": "visits", "tracking.days": 1})
    browser = from_page(realm, "https://news.example/")
    clock.forward(minutes=24 * 60)
    realm.purge()
    gone = visits(realm)
    browser.get("/login")

    assert gone == []
    assert [number for number, _ in visits(realm)] == [1]


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_SEC_FETCH_DEST": "image"},
        {"HTTP_SEC_PURPOSE": "prefetch"},
        {"HTTP_ACCEPT": "application/json"},
    ],
)
def test_only_a_page_that_somebody_opens_is_a_visit(
    make: Make, headers: dict[str, str]
) -> None:
    """No picture, no program, and nothing that is fetched ahead."""
    realm = make(**{"tracking.mode": "visits"})
    Browser(realm, PEOPLE | headers).get("/login", "*")

    assert visits(realm) == []


def test_a_page_is_shown_where_a_visit_cannot_be_noted(make: Make) -> None:
    """The table may be locked, or full."""
    realm = make(**{"tracking.mode": "visits"})
    with realm.writing() as db:
        db.connection().exec_driver_sql("DROP TABLE ar_visits")

    assert from_page(realm, "https://news.example/").cookies
