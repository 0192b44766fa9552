"""A browser in which somebody has logged in is known, and that is all it gets by it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from arware.local import Realm, device_cookies, people
from arware.local.models import DeviceCookie, User
from tests.local.support import OTHER_PASSWORD, PASSWORD, START, Browser, Clock, submit

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t73

ADA, BOB = "ada@example.com", "bob@example.com"


def owner(realm: Realm, email: str = ADA) -> User:
    """Return a user."""
    with realm.reading() as db:
        user = people.by_email(db, email)
    assert user is not None
    return user


def make(realm: Realm, user: User, cookie: str = "", now: int = START) -> str:
    """Return the cookie that a browser with *cookie* gets at a login."""
    with realm.writing() as db:
        return device_cookies.make(realm, db, user, cookie, now)


def is_known(realm: Realm, user: User | None, cookie: str, now: int = START) -> bool:
    """Tell whether *user* knows a browser with *cookie*."""
    with realm.reading() as db:
        return device_cookies.find(realm, db, user, cookie, now) is not None


def test_a_browser_is_known_to_who_has_logged_in_with_it(realm: Realm) -> None:
    """And to nobody else."""
    cookie = make(realm, owner(realm))

    assert is_known(realm, owner(realm), cookie)
    assert not is_known(realm, owner(realm, BOB), cookie)
    assert not is_known(realm, None, cookie)


def test_a_browser_can_be_known_to_several(realm: Realm) -> None:
    """The last five; each by a token of its own, that a new login changes."""
    first = make(realm, owner(realm))
    both = make(realm, owner(realm, BOB), first)
    again = make(realm, owner(realm), both)

    assert is_known(realm, owner(realm), again)
    assert is_known(realm, owner(realm, BOB), again)
    assert not is_known(realm, owner(realm), first)
    assert len(again.split(".")) == 2
    for number in range(6):
        realm.add_user(f"x{number}@example.com", PASSWORD)
        again = make(realm, owner(realm, f"x{number}@example.com"), again)
    assert len(again.split(".")) == device_cookies.MOST_ACCOUNTS
    assert not is_known(realm, owner(realm), again)


def test_a_user_knows_eight_browsers(realm: Realm) -> None:
    """Those that logged in last; others' stay."""
    other = make(realm, owner(realm, BOB))
    cookies = [make(realm, owner(realm), now=START + number) for number in range(10)]

    assert [is_known(realm, owner(realm), one) for one in cookies] == [
        *[False] * 2,
        *[True] * 8,
    ]
    assert is_known(realm, owner(realm, BOB), other)


def test_a_password_change_forgets_all_browsers(realm: Realm) -> None:
    """Also those of whoever knew the old one."""
    cookie = make(realm, owner(realm))
    with realm.writing() as db:
        people.set_password(db, owner(realm), realm.hash_new(OTHER_PASSWORD))

    assert not is_known(realm, owner(realm), cookie)


def test_a_browser_is_forgotten_after_a_long_time(realm: Realm) -> None:
    """As browsers forget cookies, and then its row goes."""
    cookie = make(realm, owner(realm))
    later = START + device_cookies.MEMORY

    assert is_known(realm, owner(realm), cookie, later - 1)
    assert not is_known(realm, owner(realm), cookie, later)
    with realm.writing() as db:
        device_cookies.sweep(db, later)
        assert db.scalar(select(func.count()).select_from(DeviceCookie)) == 0


def test_the_database_holds_no_token(realm: Realm) -> None:
    """Only digests, under the realm's secret."""
    cookie = make(realm, owner(realm))
    with realm.reading() as db:
        (digest,) = db.scalars(select(DeviceCookie.digest))

    assert len(digest) == 64
    assert cookie not in digest


@pytest.mark.parametrize(
    "cookie", ["", ".", "x", "ä" * 43, "." * 10_000, "a" * 43 + "." * 50, "\x00" * 43]
)
def test_a_made_up_cookie_is_nobodys(realm: Realm, cookie: str) -> None:
    """And is no fault."""
    assert not is_known(realm, owner(realm), cookie)
    assert is_known(realm, owner(realm), make(realm, owner(realm), cookie))


def test_the_cookie_outlives_a_logout(realm: Realm, clock: Clock) -> None:
    """It opens nothing: it is only known who was here."""
    browser = Browser(realm)
    browser.log_in()
    before = browser.cookies["arrealm_device"]
    submit(browser.get("/logout"))
    clock.forward(minutes=1)

    assert browser.cookies["arrealm_device"] == before
    assert browser.get("/profile", status=303).location.startswith(
        "http://127.0.0.1:8001/login"
    )
    browser.log_in()
    assert browser.cookies["arrealm_device"] != before


def test_a_failed_login_gives_no_cookie(realm: Realm) -> None:
    """Strangers are not known."""
    browser = Browser(realm)
    browser.log_in(password="wrong", status=422)

    assert "arrealm_device" not in browser.cookies
