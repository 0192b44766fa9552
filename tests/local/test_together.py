"""Many people at once never get into one another's way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from arware.local import Realm
from arware.local.features.orgs.models import Membership
from arware.local.models import DeviceCookie, LoginSession, User
from tests.local.contest import outcomes
from tests.local.support import PASSWORD, Browser, claims_in, make_realm

#: The row of the threat model that these tests are about.
pytestmark = pytest.mark.t79

PEOPLE = 12
ROUNDS = 4


def test_everybody_gets_their_own_token(
    make: Callable[..., Realm], database_url: str
) -> None:
    """Twelve people log in, ask again and log out in threads, each as themselves."""
    realm = make(database=database_url, hashing_slots=4, hashing_wait=30)
    for number in range(PEOPLE):
        realm.add_user(f"p{number}@example.com", PASSWORD, org=f"Org {number}")
    start = threading.Barrier(PEOPLE)
    mixed_up: list[str] = []
    done: list[int] = []

    def live(number: int) -> None:
        browser = Browser(realm, {"REMOTE_ADDR": f"192.0.2.{number}"})
        start.wait()
        for _ in range(ROUNDS):
            first = claims_in(browser.log_in(f"p{number}@example.com").location)
            again = claims_in(browser.get("/login", 303).location)
            page = browser.get("/profile").text
            for claims in (first, again):
                expected = (f"p{number}@example.com", f"Org {number}")
                if expected != (claims["email"], claims["orgs"][0]["name"]):
                    mixed_up.append(claims["email"])
            if f"p{number}@example.com" not in page or first["sid"] != again["sid"]:
                mixed_up.append(page)
            browser.get(f"/logout?session={first['sid']}", 303)
            done.append(number)

    threads = [threading.Thread(target=live, args=(n,)) for n in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert mixed_up == []
    assert len(done) == PEOPLE * ROUNDS


def test_of_many_who_want_one_address_one_gets_it(
    tmp_path: Path, database_url: str
) -> None:
    """Forty sign up with it from four processes: one has it, the others are told."""
    found = outcomes(tmp_path, database_url, 40)

    assert found == {"done": 1, "taken": 39}
    with make_realm(tmp_path, database=database_url, key=None) as realm:
        assert len(realm.users()) == 1
        with realm.reading() as db:
            counts = [
                db.scalar(select(func.count()).select_from(table))
                for table in (User, Membership, LoginSession, DeviceCookie)
            ]

    assert counts == [1, 1, 1, 1]
