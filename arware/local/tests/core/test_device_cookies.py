"""A browser in which somebody has logged in is known, and that is all it gets by it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from ... import device_cookies, people, retention
from ...models import DeviceCookie, User
from ...realm import Realm
from ..conftest import find
from ..support import ADA, OTHER_PASSWORD, PASSWORD, START

BOB = "bob@example.com"


@pytest.fixture(autouse=True)
def bob(realm: Realm) -> User:
    """Let Bob move in, too."""
    realm.add_user(BOB, PASSWORD)
    return find(realm, BOB)


def make(realm: Realm, user: User, cookie: str = "", now: int = START) -> str:
    """Return the cookie that a browser with *cookie* gets at a login."""
    with realm.writing() as db:
        return device_cookies.make(realm, db, user, cookie, now)


def is_known(realm: Realm, user: User | None, cookie: str, now: int = START) -> bool:
    """Tell whether *user* knows a browser with *cookie*."""
    with realm.reading() as db:
        return device_cookies.find(realm, db, user, cookie, now) is not None


def test_a_browser_is_known_to_who_has_logged_in_with_it(
    realm: Realm, ada: User, bob: User
) -> None:
    """And to nobody else."""
    cookie = make(realm, ada)

    assert is_known(realm, ada, cookie)
    assert not is_known(realm, bob, cookie)
    assert not is_known(realm, None, cookie)


def test_a_browser_can_be_known_to_several(realm: Realm, ada: User, bob: User) -> None:
    """The last five; each by a token of its own, that a new login changes."""
    first = make(realm, ada)
    both = make(realm, bob, first)
    again = make(realm, ada, both)

    assert is_known(realm, ada, again)
    assert is_known(realm, bob, again)
    assert not is_known(realm, ada, first)
    assert len(again.split(".")) == 2
    for number in range(6):
        realm.add_user(f"x{number}@example.com", PASSWORD)
        again = make(realm, find(realm, f"x{number}@example.com"), again)
    assert len(again.split(".")) == device_cookies.MOST_ACCOUNTS
    assert not is_known(realm, ada, again)


def test_a_user_knows_eight_browsers(realm: Realm, ada: User, bob: User) -> None:
    """Those that logged in last; others' stay."""
    other = make(realm, bob)
    cookies = [make(realm, ada, now=START + number) for number in range(10)]

    assert [is_known(realm, ada, one) for one in cookies] == [
        *[False] * 2,
        *[True] * 8,
    ]
    assert is_known(realm, bob, other)


def test_a_password_change_forgets_all_browsers(realm: Realm, ada: User) -> None:
    """Also those of whoever knew the old one."""
    cookie = make(realm, ada)
    with realm.writing() as db:
        people.set_password(db, ada, realm.hash_new(OTHER_PASSWORD))

    assert not is_known(realm, find(realm, ADA), cookie)


def test_a_browser_is_forgotten_after_a_long_time(realm: Realm, ada: User) -> None:
    """As browsers forget cookies, and then its row goes."""
    cookie = make(realm, ada)
    later = START + device_cookies.MEMORY

    assert is_known(realm, ada, cookie, later - 1)
    assert not is_known(realm, ada, cookie, later)
    retention.purge(realm, later)
    with realm.reading() as db:
        assert db.scalar(select(func.count()).select_from(DeviceCookie)) == 0


def test_the_database_holds_no_token(realm: Realm, ada: User) -> None:
    """Only digests, under the realm's secret."""
    cookie = make(realm, ada)
    with realm.reading() as db:
        (digest,) = db.scalars(select(DeviceCookie.digest))

    assert len(digest) == 64
    assert cookie not in digest


@pytest.mark.parametrize(
    "cookie", ["", ".", "x", "ä" * 43, "." * 10_000, "a" * 43 + "." * 50, "\x00" * 43]
)
def test_a_made_up_cookie_is_nobodys(realm: Realm, cookie: str, ada: User) -> None:
    """And is no fault."""
    assert not is_known(realm, ada, cookie)
    assert is_known(realm, ada, make(realm, ada, cookie))
