"""``/login`` lets in who knows the password, and tells the others nothing."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest

from arware.local import Realm
from tests.local.support import (
    APP,
    OTHER_PASSWORD,
    PASSWORD,
    URL,
    Browser,
    Clock,
    change_email,
    change_password,
    claims_in,
    submit,
)

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t71

WRONG = "password is wrong"


def test_a_login_returns_to_the_default_url(browser: Browser) -> None:
    """Without a redirect_uri it is the first registered login URL (AK-R18)."""
    answer = browser.log_in()

    assert answer.location.startswith(f"{APP}?token=ey")
    assert answer.status_int == 303
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize(
    ("asked", "start"),
    [
        ("http://127.0.0.1:8000/x?a=1", "http://127.0.0.1:8000/x?a=1&token=ey"),
        ("https://other.example/manage/y", "https://other.example/manage/y?token=ey"),
        ("http://localhost:5000/z", "http://localhost:5000/z?token=ey"),
        ("http://[::1]:5000/z", "http://[::1]:5000/z?token=ey"),
    ],
)
def test_a_login_returns_where_it_may(browser: Browser, asked: str, start: str) -> None:
    """
    A redirect_uri counts if it is at or below a registered login URL, or, for a realm
    on this machine, on this machine too.
    """
    page = browser.app.get("/login", params={"redirect_uri": asked})
    answer = submit(page, email="ada@example.com", password=PASSWORD)

    assert answer.location.startswith(start)


@pytest.mark.parametrize("path", ["/", "/login", "/signup", "/profile", "/accounts"])
@pytest.mark.parametrize(
    ("asked", "line"),
    [
        ("https://other.example/manager", 'login_urls=["https://other.example/"]'),
        ("https://evil.example/?x=Call+us", 'login_urls=["https://evil.example/"]'),
        ("nonsense", None),
    ],
)
def test_a_refused_address_is_a_page_that_names_the_line_to_change(
    browser: Browser, path: str, asked: str, line: str | None
) -> None:
    """Nobody ends up elsewhere without a word; a stranger's words are not shown."""
    answer = browser.app.get(path, params={"redirect_uri": asked}, status=400)

    assert "This link cannot be used" in answer.text
    assert line is None or line in unescape(answer.text)
    assert "Call" not in answer.text
    assert "nonsense" not in answer.text


def test_a_realm_that_is_not_on_loopback_sends_nobody_there(
    make: Callable[..., Realm],
) -> None:
    """On other machines its address may be anybody's."""
    realm = make(
        url="https://login.example",
        login_urls=["https://app.example/"],
        cheap_hashing=False,
    )
    url = "/login?redirect_uri=http://127.0.0.1:8000/"

    assert Browser(realm).get(url, 400)


@pytest.mark.parametrize(
    "email", ["ada@example.com", "ADA@Example.COM", "  ada@example.com\t"]
)
def test_the_address_may_be_spelt_in_any_case(browser: Browser, email: str) -> None:
    """One address has one account, however it is typed."""
    assert browser.log_in(email).status_int == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.com", "wrong password, quite wrong"),
        ("ada@example.com", ""),
        ("ada@example.com", PASSWORD.upper()),
        ("ada@example.com", f"{PASSWORD} "),
        ("nobody@example.com", PASSWORD),
        ("shut-out@example.com", PASSWORD),
        ("no-password@example.com", PASSWORD),
        ("no-password@example.com", ""),
        ("", ""),
        ("not an address", PASSWORD),
        ("ada@exаmple.com", PASSWORD),  # a Cyrillic а
    ],
)
def test_all_failures_look_the_same(
    realm: Realm, browser: Browser, email: str, password: str
) -> None:
    """Unknown, wrong, without a password and shut out: one status, one text."""
    realm.add_user("shut-out@example.com", PASSWORD)
    realm.set_user_state("shut-out@example.com", "inactive")
    realm.add_user("no-password@example.com")
    page = browser.app.get("/login")
    fields = {"email": email, "password": password}
    fields["form_token"] = page.form["form_token"].value
    answer = browser.app.post("/login", params=fields, status=422)

    assert WRONG in answer.text
    assert "arrealm" not in browser.cookies
    assert set(page.headers) == {*answer.headers, "Set-Cookie"}


def test_the_typed_address_stays_and_the_password_does_not(browser: Browser) -> None:
    """After a failure only the password has to be typed again."""
    answer = browser.log_in(password="wrong but not empty", status=422)

    assert answer.form["email"].value == "ada@example.com"
    assert "wrong but not empty" not in answer.text


def test_who_is_logged_in_is_sent_on(browser: Browser) -> None:
    """A second auth to the login page returns at once, with a token."""
    first = claims_in(browser.log_in().location)
    answer = browser.get("/login?redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fy", 303)
    second = claims_in(answer.location)

    assert answer.location.startswith(f"{APP}y?token=ey")
    assert second["sid"] == first["sid"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_prompt_login_shows_the_form_to_all(browser: Browser, path: str) -> None:
    """``prompt=login`` asks again, and the login that stands stays."""
    browser.log_in()

    assert browser.get(f"{path}?prompt=login").form["email"]
    assert browser.get("/login", 303).location.startswith(APP)


def test_a_new_login_ends_the_old_one(realm: Realm, browser: Browser) -> None:
    """Session, cookie and id are new; the old cookie opens nothing (RQ-S1)."""
    first = claims_in(browser.log_in().location)
    old = browser.cookies["arrealm"]
    second = claims_in(browser.log_in().location)
    thief = Browser.holding(realm, arrealm=old)

    assert first["sid"] != second["sid"]
    assert old != browser.cookies["arrealm"]
    assert not realm.is_session_active(first["sid"])
    assert realm.is_session_active(second["sid"])
    held = Browser.holding(realm, arrealm=browser.cookies["arrealm"])

    assert held.get("/login", 303)
    assert thief.get("/login").form["email"]


def test_somebody_else_may_log_in_over_it(browser: Browser, realm: Realm) -> None:
    """Logging in as somebody else ends the session that stood."""
    first = claims_in(browser.log_in().location)
    browser.log_in("bob@example.com")

    assert not realm.is_session_active(first["sid"])


def test_two_tabs_log_in_one_after_the_other(browser: Browser) -> None:
    """A form that was opened before another tab logged in still works."""
    one, two = browser.get("/login"), browser.get("/login")
    fields = {"email": "ada@example.com", "password": PASSWORD}

    assert submit(one, **fields).location.startswith(APP)
    assert submit(two, **fields).location.startswith(APP)


def test_a_planted_cookie_is_not_taken_over(realm: Realm) -> None:
    """What cookie a browser brings does not become its session (fixation)."""
    planted = "x" * 43
    browser = Browser.holding(realm, arrealm=planted)
    page = browser.get("/login")
    fields = {"email": "ada@example.com", "password": PASSWORD}
    fields["form_token"] = page.form["form_token"].value
    brought = f"arrealm={planted}; arrealm_form={browser.cookies['arrealm_form']}"
    Browser(realm, {"HTTP_COOKIE": brought}).app.post("/login", fields, status=303)

    assert Browser.holding(realm, arrealm=planted).get("/login").form["email"]


def test_the_cookie_is_not_what_the_database_holds(
    realm: Realm, browser: Browser
) -> None:
    """Whoever reads the database cannot make a cookie of it (RQ-S1)."""
    from sqlalchemy import select

    from arware.local.models import LoginSession

    browser.log_in()
    with realm.reading() as database:
        (digest,) = database.scalars(select(LoginSession.digest))
    thief = Browser.holding(realm, arrealm=digest)

    assert browser.cookies["arrealm"] not in digest
    assert thief.get("/login").form["email"]


@pytest.mark.parametrize(
    ("wait", "stays"), [(119, True), (121, False)], ids=["in time", "too late"]
)
def test_an_unused_session_ends(
    browser: Browser, clock: Clock, wait: int, stays: bool
) -> None:
    """After two hours without use somebody has to log in again."""
    browser.log_in()
    clock.forward(minutes=wait)

    assert (browser.get("/login", "*").status_int == 303) is stays


def test_a_used_session_ends_after_a_day(browser: Browser, clock: Clock) -> None:
    """However much it is used, a session has an end."""
    browser.log_in()
    for _ in range(23):
        clock.forward(minutes=60)
        browser.get("/login", 303)
    clock.forward(minutes=61)

    assert browser.get("/login").form["email"]


def test_work_in_an_application_keeps_a_session_alive(
    realm: Realm, browser: Browser, clock: Clock
) -> None:
    """An application that asks about the session does so because it is used."""
    sid = claims_in(browser.log_in().location)["sid"]
    for _ in range(3):
        clock.forward(minutes=100)
        assert realm.is_session_active(sid)
    clock.forward(minutes=121)

    assert not realm.is_session_active(sid)


def test_whoever_is_shut_out_is_out_at_once(realm: Realm, browser: Browser) -> None:
    """Disabling a user ends the sessions."""
    sid = claims_in(browser.log_in().location)["sid"]
    realm.set_user_state("ada@example.com", "inactive")

    assert not realm.is_session_active(sid)
    assert browser.get("/login").form["email"]


def test_the_entry_is_the_login_page(browser: Browser) -> None:
    """``/`` leads to ``/login`` and takes the parameters along."""
    query = "?redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fy&account=org_x"
    answer = browser.get(f"/{query}", 302)

    assert answer.location == f"{URL}/login{query}"


@pytest.mark.parametrize(
    ("old", "new"), [("Café crème 12345", "Cafe\u0301 cre\u0300me 12345")]
)
def test_composed_and_decomposed_letters_are_one_password(
    make: Callable[..., Realm], old: str, new: str
) -> None:
    """é typed in one piece or in two is the same (RQ-P4)."""
    realm = make()
    realm.add_user("zoe@example.com", old)

    assert Browser(realm).log_in("zoe@example.com", new).status_int == 303


def test_a_hash_with_old_parameters_is_made_anew(
    make: Callable[..., Realm],
) -> None:
    """At a login the hash follows the parameters of today (RQ-H2)."""
    import argon2

    old = argon2.PasswordHasher(time_cost=2, memory_cost=128, parallelism=1)
    realm = make()
    realm.add_user("ada@example.com", PASSWORD)
    set_hash(realm, old.hash(PASSWORD))
    Browser(realm).log_in()
    (user,) = realm.users()

    assert "m=64,t=1,p=1" in str(user.password_hash)


@pytest.mark.parametrize("stored", ["", "x", "$argon2id$v=19$broken", "$2b$12$abc"])
def test_a_stored_hash_that_is_none_lets_nobody_in(
    make: Callable[..., Realm], stored: str
) -> None:
    """A broken hash is a wrong password, not a broken page."""
    realm = make()
    realm.add_user("ada@example.com", PASSWORD)
    set_hash(realm, stored)

    assert WRONG in Browser(realm).log_in(status=422).text


def set_hash(realm: Realm, stored: str) -> None:
    """Put *stored* where the password hashes are."""
    from sqlalchemy import update

    from arware.local.models import User

    with realm.writing() as database:
        database.execute(update(User).values(password_hash=stored))


def test_other_peoples_passwords_do_not_work(make: Callable[..., Realm]) -> None:
    """Each password opens its own account alone."""
    realm = make()
    realm.add_user("ada@example.com", PASSWORD)
    realm.add_user("bob@example.com", OTHER_PASSWORD)

    assert WRONG in Browser(realm).log_in(password=OTHER_PASSWORD, status=422).text


def test_a_busy_realm_says_so(make: Callable[..., Realm]) -> None:
    """When too many hash at once the answer is 503 and when to come again (RQ-H4)."""
    realm = make(hashing_slots=1, hashing_wait=0)
    realm.add_user("ada@example.com", PASSWORD)
    browser = Browser(realm)
    with realm.passwords._slot():
        answer = browser.log_in(status=503)

    assert int(answer.headers["Retry-After"]) > 0
    assert browser.log_in().status_int == 303
    new = Browser(realm)
    with realm.passwords._slot():
        assert change_email(browser, "other@example.com", status=503)
        assert change_password(browser, PASSWORD, OTHER_PASSWORD, status=503)
        assert new.sign_up(status=503)
    (user,) = realm.users()

    assert user.email == "ada@example.com"
    assert new.sign_up().status_int == 303
