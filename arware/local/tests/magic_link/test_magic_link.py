"""A login by mail: by the link in any browser, by the code in the one that asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text, update

from arware.kit.web.refusals import Refused

from ... import people
from ...features.magic_link import flow
from ...login import LoggedIn
from ...models import EventRow, LoginSession, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..mailbox import last_link, letters
from ..support import (
    ADA,
    APPLICATION,
    PASSWORD,
    Browser,
    Clock,
    caller_at,
    needs,
    submit,
)
from .journeys import (
    CODE_PATH,
    ask,
    code_in_mail,
    enter,
    open_link,
    realm_with_mail,
    wrong,
)

EVE = "eve@example.com"


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm in which people log in by mail."""
    return realm_with_mail(make)


def token_of(link: str) -> str:
    """Return the token that a link carries."""
    return link.partition("token=")[2].replace("%3A", ":")


def factors_of(realm: Realm) -> list[list[str]]:
    """Return by what the sessions were opened."""
    with realm.reading() as db:
        return list(db.scalars(select(LoginSession.factors)))


# --- The ways in -----------------------------------------------------------------


def test_the_code_logs_in_where_it_was_asked_for(realm: Realm) -> None:
    """From the login page on, and to where one was going."""
    browser = Browser(realm)
    query = f"?redirect_uri={APPLICATION}there"
    asking = browser.get(f"/login{query}").click("Log in by e-mail")
    sent = submit(asking, email=f" {ADA.upper()} ").follow()
    assert "Check your e-mail" in sent
    code = code_in_mail(realm)
    answer = submit(sent, code=code.replace(" ", "-"))

    assert browser.is_logged_in
    assert answer.location.startswith(f"{APPLICATION}there")
    assert factors_of(realm) == [["mail"]]


def test_the_link_logs_in_by_a_button(realm: Realm) -> None:
    """And leads on to where the browser that asked was going."""
    browser = Browser(realm)
    ask(browser, query=f"?redirect_uri={APPLICATION}there")
    page = open_link(browser, last_link(realm))
    answer = submit(page)

    assert "another browser" not in page
    assert browser.is_logged_in
    while answer.status_int in (302, 303) and "127.0.0.1:8001" in answer.location:
        answer = answer.follow()
    assert answer.location.startswith(f"{APPLICATION}there")


def test_the_link_logs_in_in_another_browser(realm: Realm) -> None:
    """Once somebody there says so; the one that asked is not logged in."""
    asking, reading = Browser(realm), Browser(realm)
    ask(asking)
    page = open_link(reading, last_link(realm))
    assert not reading.is_logged_in
    submit(page)

    assert "another browser. Continue only if that was you" in page
    assert reading.is_logged_in
    assert not asking.is_logged_in
    enter(asking, code_in_mail(realm), 422)


def test_the_code_is_good_in_no_other_browser(realm: Realm) -> None:
    """Who reads it over a shoulder, or asks for a mail too, gets nothing."""
    realm.add_user(EVE, PASSWORD)
    asking, other = Browser(realm), Browser(realm)
    ask(asking)
    ask(other, EVE)
    code = code_in_mail(realm)
    assert "code is wrong" in enter(other, code, 422)
    stranger = Browser(realm).get(CODE_PATH, status=303)

    assert stranger.location.endswith("/login/mail")
    enter(asking, code)
    assert asking.is_logged_in


def test_a_scanner_burns_nothing(realm: Realm) -> None:
    """However often it opens the link (RQ-K5)."""
    browser = Browser(realm)
    ask(browser)
    link = last_link(realm)
    for _ in range(3):
        open_link(Browser(realm), link)
        Browser(realm).app.head(link, status=303)

    submit(open_link(browser, link))
    assert browser.is_logged_in


def test_the_token_leaves_the_address(realm: Realm) -> None:
    """It is on no page, and in no address that stays (RQ-K8)."""
    ask(Browser(realm))
    link, browser = last_link(realm), Browser(realm)
    moved = browser.get(link, status=303)

    assert moved.headers["Referrer-Policy"] == "no-referrer"
    assert "token" not in moved.location
    assert token_of(link).partition(".")[2] not in moved.follow().text


@pytest.mark.parametrize("first", ["link", "code"])
def test_either_is_good_once_and_voids_the_other(realm: Realm, first: str) -> None:
    """As a newer mail voids both (RQ-K4, RQ-K7)."""
    caller = caller_at(realm.now)
    kept = flow.ask(realm, caller, ADA)
    code, token = code_in_mail(realm).replace(" ", ""), token_of(last_link(realm))
    if first == "link":
        flow.log_in_by_link(realm, caller, token)
    else:
        flow.log_in_by_code(realm, caller, kept, code)

    with pytest.raises(Refused, match="token_invalid"):
        flow.log_in_by_link(realm, caller, token)
    with pytest.raises(Refused, match="mailed_code_wrong"):
        flow.log_in_by_code(realm, caller, kept, code)


def test_of_many_at_once_one_wins(make: Make, database_url: str) -> None:
    """The database decides (R16)."""
    realm = realm_with_mail(make, database_url)
    kept = flow.ask(realm, caller_at(realm.now), ADA)
    code, token = code_in_mail(realm).replace(" ", ""), token_of(last_link(realm))

    def use(number: int) -> str:
        caller = caller_at(realm.now, ip=f"192.0.2.{number}")
        try:
            if number % 2:
                flow.log_in_by_code(realm, caller, kept, code)
            else:
                flow.log_in_by_link(realm, caller, token)
        except Refused:
            return "refused"
        return "in"

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(use, range(8)))

    assert sorted(answers) == ["in"] + ["refused"] * 7


@pytest.mark.parametrize(
    ("minutes", "link_is_good", "code_is_good"),
    [(9, True, True), (10, True, False), (14, True, False), (15, False, False)],
)
def test_how_long_they_are_good(
    realm: Realm, clock: Clock, minutes: int, *, link_is_good: bool, code_is_good: bool
) -> None:
    """The link a quarter of an hour, the code ten minutes (RQ-K6)."""
    browser = Browser(realm)
    ask(browser)
    code = code_in_mail(realm)
    clock.forward(minutes=minutes)
    Browser(realm).get(last_link(realm), status=303 if link_is_good else 422)

    enter(browser, code, 303 if code_is_good else 422)


def set_password(realm: Realm) -> None:
    """Change Ada's password."""
    with realm.writing() as db:
        people.set_password(db, db.get_one(User, find(realm, ADA).id), "hash")


@pytest.mark.parametrize(
    "change", [set_password, lambda realm: realm.set_user_state(ADA, "inactive")]
)
def test_what_voids_a_mail(realm: Realm, change: Callable[[Realm], Any]) -> None:
    """A change of the proofs, and of the state (RQ-K3)."""
    with realm.writing() as db:
        db.execute(update(User).values(email_verified=True))
    browser = Browser(realm)
    ask(browser)
    link, code = last_link(realm), code_in_mail(realm)
    change(realm)

    Browser(realm).get(link, status=422)
    enter(browser, code, 422)


# --- What a login by mail is -----------------------------------------------------


@needs("totp")
@pytest.mark.parametrize("way", ["link", "code"])
def test_it_is_one_factor(realm: Realm, way: str) -> None:
    """Who has a second one is asked for it; mail never is the second (RQ-M8)."""
    user_id = find(realm, ADA).id
    with realm.writing() as db:
        db.execute(update(User).values(email_verified=True))
        db.execute(text("INSERT INTO ar_totp VALUES (:id, 'x', 0)"), {"id": user_id})
    browser = Browser(realm)
    ask(browser)
    if way == "link":
        done = submit(open_link(browser, last_link(realm)))
    else:
        done = enter(browser, code_in_mail(realm))

    assert done.location.endswith("/login/totp")
    assert not browser.is_logged_in
    assert not any("magic" in step.route for step in realm.joined.steps)


@needs("password", "account")
def test_the_first_proof_ends_what_was_set_before(realm: Realm) -> None:
    """Whoever signed up with the address may have been somebody else (REALM 5)."""
    squatter, owner = Browser(realm), Browser(realm)
    squatter.log_in()
    ask(owner)
    page = open_link(owner, last_link(realm))
    submit(page)

    assert "The old password" in page
    assert find(realm, ADA).email_verified
    assert find(realm, ADA).password_hash is None
    assert "/login" in squatter.get("/profile", status=303).location
    assert owner.get("/profile", status=200)
    Browser(realm).log_in(status=422)


@needs("password")
def test_later_proofs_end_nothing(realm: Realm, clock: Clock) -> None:
    """Nor the first, of who is logged in here already."""
    browser = Browser(realm)
    browser.log_in()
    ask(browser)
    submit(open_link(browser, last_link(realm)))
    clock.forward(minutes=1)
    other = Browser(realm)
    ask(other)
    submit(open_link(other, last_link(realm)))

    assert find(realm, ADA).email_verified
    assert Browser(realm).log_in()


def test_who_has_no_password_logs_in(make: Make) -> None:
    """As somebody whom an operator has added."""
    realm = make(**{"magic_link.enabled": True})
    realm.add_user(ADA)
    browser = Browser(realm)
    ask(browser)
    enter(browser, code_in_mail(realm))

    assert browser.is_logged_in


def test_what_is_recorded(realm: Realm) -> None:
    """That it was asked for, what failed and what was right, and no secret."""
    browser = Browser(realm)
    ask(browser)
    code = code_in_mail(realm)
    enter(browser, wrong(code), 422)
    enter(browser, code)
    with realm.reading() as db:
        rows = db.scalars(select(EventRow).order_by(EventRow.number)).all()
    types = [row.type for row in rows]

    assert types.index("user.login.mail_asked") < types.index("user.login.failed")
    assert types[-1] == "user.login.succeeded"
    assert code.replace(" ", "") not in str([(row.data, row.client) for row in rows])


@pytest.mark.parametrize("path", ["", "/code", "/link?token=tml:x"])
def test_it_is_off_where_nobody_has_switched_it_on(make: Make, path: str) -> None:
    """It is no authenticator by NIST SP 800-63B-4, so it has to be wanted."""
    browser = Browser(with_ada(make()))

    assert "by e-mail" not in browser.get("/login")
    browser.get(f"/login/mail{path}", status=404)


def test_programs_do_the_same(realm: Realm) -> None:
    """204 when it is done, the stable words when it is not (AK-H01, AK-H02)."""
    app = Browser(realm).app
    app.post_json("/login/mail", {"email": ADA}, status=204)
    token = token_of(last_link(realm))
    Browser(realm).app.post_json("/login/mail/link", {"token": token}, status=204)
    used = Browser(realm).app.post_json(
        "/login/mail/link", {"token": token}, status=422
    )

    assert used.json["reasons"] == {"": ["token_invalid"]}


def test_without_the_form_nothing_happens(realm: Realm) -> None:
    """A stranger's page can neither ask nor log in (T77)."""
    for path in ("", "/code", "/link"):
        fields = {"email": ADA, "code": "12345678"}
        Browser(realm).app.post(f"/login/mail{path}", fields, status=403)

    assert letters(realm) == []


def test_it_finishes_as_any_login(realm: Realm) -> None:
    """With a session, and a cookie by which the browser is known."""
    flow.ask(realm, caller_at(realm.now), ADA)
    done = flow.log_in_by_link(realm, caller_at(realm.now), token_of(last_link(realm)))

    assert isinstance(done, LoggedIn)
    assert done.device
