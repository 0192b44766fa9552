"""The box at the sign-up, and the step of the login."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from arware.errors import ConfigurationError

from ... import people
from ...features.terms.flow import TermsAccepted
from ...features.terms.models import AcceptedTerms
from ...models import EventRow
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..support import ADA, PASSWORD, START, URL, Browser, Clock, needs, submit

pytestmark = needs("password")

NEW = "new@example.com"
PLACES = {
    "terms.url": "https://shop.example/terms",
    "terms.privacy_url": "https://shop.example/privacy",
}
OLD = PLACES | {"terms.version": "2026-01"}
PRESENT = PLACES | {"terms.version": "2026-11"}


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm that has terms; Ada was there before."""
    return with_ada(make(**PRESENT))


def accepted(realm: Realm) -> list[tuple[str, str, int]]:
    """Return who has accepted what, and when."""
    with realm.reading() as db:
        rows = db.scalars(select(AcceptedTerms).order_by(AcceptedTerms.at))
        return [(row.user_id, row.version, row.at) for row in rows]


def sign_up(realm: Realm, status: int, **fields: Any) -> Any:
    """Sign up as a program does."""
    values = {"email": NEW, "password": PASSWORD} | fields
    headers = {"Origin": URL}
    browser = Browser(realm)
    return browser.app.post_json("/signup", values, headers=headers, status=status)


@needs("signup")
def test_ak_f04_who_signs_up_accepts_the_terms(database_url: str, make: Make) -> None:
    """AK-B19: the page leads to them; it is recorded who has accepted what, when."""
    realm = make(database_url, **PRESENT)
    browser = Browser(realm)
    page = browser.get("/signup")
    submit(page, email=NEW, password=PASSWORD, terms=True)
    user = find(realm, NEW)
    with realm.reading() as db:
        asked = select(EventRow).where(EventRow.type == TermsAccepted.type)
        event = db.scalars(asked).one()

    links = [a["href"] for a in page.html.find("label", attrs={"for": "terms"})("a")]
    assert links == [*PLACES.values()]
    assert accepted(realm) == [(user.id, "2026-11", START)]
    assert (event.user_id, event.data) == (user.id, {"version": "2026-11"})
    assert browser.is_logged_in


@needs("signup")
@pytest.mark.parametrize("answer", [{}, {"terms": False}, {"terms": "2026-01"}])
def test_ak_f04_nobody_signs_up_without(realm: Realm, answer: dict[str, Any]) -> None:
    """Nor by a page that has shown other terms; Authkit took no answer for a yes."""
    told = sign_up(realm, 422, **answer)

    assert told.json["reasons"] == {"terms": ["terms_needed"]}
    assert len(realm.users()) == 1


@needs("signup")
@pytest.mark.parametrize("answer", [True, "2026-11"])
def test_a_program_accepts_them_too(realm: Realm, answer: object) -> None:
    """By the box, or by the version that it has shown."""
    sign_up(realm, 204, terms=answer)

    assert [version for _, version, _ in accepted(realm)] == ["2026-11"]


def test_who_has_not_accepted_them_is_asked_at_the_login(
    realm: Realm, clock: Clock
) -> None:
    """After the proof, once; then it goes where it was going (AK-F30, AK-R03)."""
    browser = Browser(realm)
    step = browser.log_in(query="?then=/profile").follow()
    inside = browser.is_logged_in
    clock.forward(minutes=1)
    done = submit(step, terms=True)
    again = Browser(realm)
    again.log_in()

    assert step.request.path == "/login/terms"
    assert not inside
    assert browser.is_logged_in
    assert done.location.endswith("/profile") or "profile" not in realm.joined.slots
    assert again.is_logged_in
    assert accepted(realm) == [(find(realm, ADA).id, "2026-11", START + 60)]


def test_new_terms_are_accepted_anew(realm: Realm, make: Make, clock: Clock) -> None:
    """What was accepted before stays on record."""
    before = make(**OLD)
    submit(Browser(before).log_in().follow(), terms=True)
    clock.forward(minutes=1)
    submit(Browser(realm).log_in().follow(), terms=True)

    assert [version for _, version, _ in accepted(realm)] == ["2026-01", "2026-11"]


def test_a_login_does_not_go_on_without(realm: Realm) -> None:
    """The page says so, and is there again."""
    browser = Browser(realm)
    step = browser.log_in().follow()
    page = submit(step, status=422)

    assert "Accept the terms of service to go on." in page.text
    assert not browser.is_logged_in
    assert accepted(realm) == []


def test_nobody_is_asked_before_the_login(realm: Realm) -> None:
    """The page leads to it, and a program is told that the login is over."""
    browser = Browser(realm)
    headers = {"Origin": URL}
    page = browser.get("/login/terms", 303)
    told = browser.app.post_json(
        "/login/terms", {"terms": True}, headers=headers, status=403
    )

    assert page.location.endswith("/login")
    assert told.json["reasons"] == {"": ["pending_over"]}


@needs("signup")
@pytest.mark.parametrize("is_same_person", [False, True])
def test_nobody_accepts_them_for_the_owner_of_an_address(
    realm: Realm, is_same_person: bool
) -> None:
    """Who proves the address first is asked, unless it is who signed up with it."""
    sign_up(realm, 204, terms=True)
    with realm.writing() as db:
        user = people.find_locked(db, NEW)
        assert user is not None
        people.prove_address(
            realm,
            db,
            user,
            realm.operator(),
            keep_password=True,
            is_same_person=is_same_person,
        )
    browser = Browser(realm)
    browser.log_in(NEW)

    assert browser.is_logged_in is is_same_person
    assert bool(accepted(realm)) is is_same_person


def test_without_a_version_nobody_is_asked(make: Make) -> None:
    """As by default."""
    browser = Browser(with_ada(make()))
    browser.log_in()

    assert browser.is_logged_in


@pytest.mark.parametrize(
    "given",
    [
        {"terms.version": "1"},
        {"terms.url": "https://shop.example/terms"},
        {"terms.version": "x" * 51, "terms.url": "https://shop.example/terms"},
        {"terms.version": "1", "terms.url": "http://shop.example/terms"},
        {"terms.version": "1", "terms.url": "/terms"},
    ],
)
def test_settings_that_cannot_be_shown_are_refused(
    make: Make, given: dict[str, str]
) -> None:
    """The start says what to set."""
    with pytest.raises(ConfigurationError, match="terms"):
        make(**given)
