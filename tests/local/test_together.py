"""Many people at once never get into one another's way."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from arware.local import Realm
from tests.local.support import PASSWORD, Browser, claims_in

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
