"""The link of a mail: good once, for a while, and for its owner."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import update

from arware.kit.web.refusals import Refused

from ... import people
from ...events import PasswordUpdated
from ...features.reset import flow
from ...models import User
from ...realm import Realm
from ..mailbox import last_link
from ..support import ADA, PASSWORD, Browser, caller_at, needs
from .journeys import EVE, NEW, ask, asked, choose, open_link

pytestmark = needs("password")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "tpw:",
        "tpw:a.b",
        "tpw:" + "A" * 16 + "." + "B" * 43,
        "tmf:" + "A" * 16 + "." + "B" * 43,
        "tpw:é.ü",
        "x" * 3000,
    ],
)
def test_a_bogus_link_is_one_page(browser: Browser, token: str) -> None:
    """Whatever it is, and costs no hash (AK-B04, AK-B06)."""
    page = browser.app.get("/password/change", {"token": token}, status=422)

    assert "not valid any more" in page
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not page.forms
    assert browser.cookies.keys() <= {"arrealm_form"}


def test_the_token_leaves_the_address(
    realm: Realm, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """It is in no address that stays, no page and no log (RQ-K8, RQ-K10)."""
    with caplog.at_level(logging.DEBUG):
        ask(browser)
        link = last_link(realm)
        secret = link.rpartition(".")[2]
        moved = browser.get(link, status=303)
        page = moved.follow()
        choose(page)

    assert moved.headers["Referrer-Policy"] == "no-referrer"
    assert moved.headers["Cache-Control"] == "no-store"
    assert moved.location.endswith("/password/change")
    assert secret not in page.text
    assert "HttpOnly" in moved.headers["Set-Cookie"]
    assert secret not in caplog.text
    assert "password reset user=usr_" in caplog.text


def test_opening_uses_nothing_up(realm: Realm, browser: Browser) -> None:
    """Scanners open every link in a mail, several times (RQ-K5)."""
    ask(browser)
    link = last_link(realm)
    for _ in range(3):
        open_link(Browser(realm), link)
        Browser(realm).app.head(link, status=303)

    choose(open_link(browser, link))


def test_a_link_is_good_once(realm: Realm, browser: Browser) -> None:
    """Also on a page that was opened before it was used (RQ-K4)."""
    ask(browser)
    link = last_link(realm)
    pages = [open_link(Browser(realm), link) for _ in range(2)]
    choose(pages[0])

    assert "not valid any more" in choose(pages[1], "harbour violin pepper seven", 422)
    assert "not valid any more" in browser.get(link, status=422)


def test_a_link_opened_meanwhile_gets_nothing(realm: Realm, browser: Browser) -> None:
    """Another site can lead Ada's browser to Eve's link while she types (T77)."""
    realm.add_user(EVE, PASSWORD)
    ask(browser)
    page = open_link(browser, last_link(realm, ADA))
    ask(Browser(realm), EVE)
    open_link(browser, last_link(realm, EVE))

    assert "not valid any more" in choose(page, status=422)
    for email in (ADA, EVE):
        Browser(realm).log_in(email, NEW, status=422)
    choose(open_link(browser, last_link(realm, ADA)))
    assert Browser(realm).log_in(password=NEW)


def test_of_many_at_once_one_wins(any_realm: Realm) -> None:
    """The database decides (R16)."""
    token = asked(any_realm)

    def use(number: int) -> str:
        try:
            password = f"walrus {number} tangerine lighthouse"
            flow.choose(any_realm, caller_at(any_realm.now), token, password)
        except Refused as refused:
            return refused.reason.word
        return "done"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(use, range(40)))

    assert sorted(answers) == ["done"] + ["token_invalid"] * 39


def set_address(realm: Realm) -> None:
    """Change Ada's address."""
    with realm.writing() as db:
        db.execute(update(User).values(email="ada@elsewhere.example"))


def set_password(realm: Realm) -> None:
    """Change Ada's password."""
    with realm.writing() as db:
        people.set_password(db, find_in(db), "hash")


def find_in(db: Any) -> User:
    """Return Ada, in a transaction."""
    user = people.by_email(db, ADA)
    assert user is not None
    return user


@pytest.mark.parametrize(
    "change",
    [
        set_address,
        set_password,
        lambda realm: realm.set_user_state(ADA, "inactive"),
        lambda realm: realm.settings.clock.forward(minutes=30),
        lambda realm: (realm.settings.clock.forward(minutes=2), asked(realm)),
    ],
    ids=["address", "password", "state", "time", "another link"],
)
def test_what_voids_a_link(realm: Realm, change: Callable[[Realm], Any]) -> None:
    """AK-T02: it is for this address, these proofs, half an hour, and last (RQ-K3)."""
    with realm.writing() as db:
        db.execute(update(User).values(email_verified=True))
    token = asked(realm)
    change(realm)

    with pytest.raises(Refused, match="token_invalid"):
        flow.choose(realm, caller_at(realm.now), token, NEW)


def test_who_squats_keeps_no_owner_out(realm: Realm) -> None:
    """However often they change the password, the mailed link ends it all."""
    squatter = caller_at(realm.now)
    token = asked(realm)
    with realm.writing() as db:
        user = find_in(db)
        people.set_password(db, user, "hash")
        realm.record(db, PasswordUpdated(user_id=user.id), squatter)
    flow.choose(realm, caller_at(realm.now), token, NEW)

    assert Browser(realm).log_in(password=NEW)
