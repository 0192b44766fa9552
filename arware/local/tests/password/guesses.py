"""Guesses at passwords, as strangers and owners make them."""

from __future__ import annotations

from itertools import count

from sqlalchemy import func, select

from arware.kit.web.refusals import Refused

from ... import tries
from ...caller import Caller
from ...features.password.flow import log_in
from ...login import LoggedIn
from ...models import Throttle
from ...realm import Realm
from ..conftest import find
from ..support import ADA, PASSWORD, START

HOME, AWAY = "192.0.2.1", "198.51.100.7"
BOB = "bob@example.com"
DAY = 86_400


def attempt(
    realm: Realm,
    now: int = START,
    *,
    email: str = ADA,
    password: str = "wrong",
    ip: str = AWAY,
    device: str = "",
) -> str:
    """Try to log in; return what the browser is known by, or why it was refused."""
    caller = Caller(ip, "", now, device=device)
    try:
        done = log_in(realm, caller, email, password)
    except Refused as refused:
        return refused.reason.word
    assert isinstance(done, LoggedIn)
    return done.device


def gets_in(realm: Realm, now: int = START, **given: str) -> bool:
    """Tell whether the right password works."""
    return len(attempt(realm, now, password=PASSWORD, **given)) > 40


#: Addresses that nobody has had before.
strange = (f"2001:db8:{number:x}::1" for number in count(1))


def guess(realm: Realm, times: int, now: int = START, **given: str) -> None:
    """Let strangers guess, each from an address of its own."""
    for _ in range(times):
        attempt(realm, now, ip=next(strange), **given)


def reset(realm: Realm) -> None:
    """Do what a mailed link does."""
    with realm.writing() as db:
        tries.open_again(realm, db, find(realm, ADA))


def fail_until_the_password_is_off(realm: Realm, now: int = START) -> int:
    """Let strangers guess as often as they can; return when it was off."""
    for number in count():
        guess(realm, 1, now)
        with realm.reading() as db:
            if db.scalar(select(func.max(Throttle.failures))) == 100:
                return now
        now += 3600
        assert number < 100
    raise AssertionError
