"""A lock after wrong passwords: told by mail, ended by it, and no way to keep out."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from arware.kit.web.refusals import Refused

from ... import events, locking, login, people, proof, tries
from ...caller import Caller
from ...events import PasswordFailed
from ...features.lockout import flow
from ...models import EventRow
from ...realm import Realm
from ...texts import LOGIN_FAILED
from ..conftest import Make, find, with_ada
from ..mailbox import last_link, letters
from ..statements import CountingPasswords, statements
from ..support import (
    ADA,
    PASSWORD,
    START,
    Browser,
    Clock,
    caller_at,
    clock_of,
    needs,
    plain,
    submit,
)

#: Addresses that nobody has had before.
strange = (f"2001:db8:{number:x}::1" for number in count(1))

EVE, NOBODY = "eve@example.com", "bob@example.com"
HOME = "192.0.2.1"
#: Wrong passwords in a row that lock.
FAILURES = 6


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm that locks early."""
    return realm_that_locks(make)


def realm_that_locks(make: Make, database: str | None = None) -> Realm:
    """Return a realm that locks early, in which Ada lives."""
    return with_ada(make(database, **{"lockout.failures": FAILURES}))


def attempt(
    realm: Realm, name: str = ADA, password: str = "wrong", **given: Any
) -> str:
    """Try to log in, from a new address; return why it is refused, ``""`` if not."""
    caller = Caller(given.pop("ip", None) or next(strange), "", realm.now, **given)
    with realm.reading() as db:
        user = people.by_login_name(db, name)
    try:
        taken = proof.check_password(
            realm, caller, user, name, password, Refused(LOGIN_FAILED)
        )
    except Refused as refused:
        return refused.reason.word
    with realm.writing() as db:
        tries.forgive(db, taken, realm.now)
        locked = None if user is None else locking.lock(db, user.id)
        assert locked is not None
        login.finish(realm, db, caller, locked, "password")
    return ""


def locked(realm: Realm, name: str = ADA) -> None:
    """Let strangers guess until it locks."""
    for _ in range(FAILURES):
        attempt(realm, name)


def unlock(realm: Realm) -> None:
    """Use the link of the newest mail."""
    token = last_link(realm, ADA).partition("token=")[2].replace("%3A", ":")
    flow.unlock(realm, caller_at(realm.now), token)


# --- The lock --------------------------------------------------------------------


def test_after_too_many_failures_the_right_password_is_wrong(realm: Realm) -> None:
    """For strangers, until the time is over (AK-F28, AK-M09, AK-N16)."""
    for _ in range(FAILURES - 1):
        attempt(realm)
    assert attempt(realm, password=PASSWORD) == ""
    locked(realm)

    assert attempt(realm, password=PASSWORD) == "login_failed"
    clock_of(realm).forward(minutes=59)
    assert attempt(realm, password=PASSWORD) == "login_failed"
    clock_of(realm).forward(minutes=1)
    assert attempt(realm, password=PASSWORD) == ""


def test_it_is_ended_by_the_link(realm: Realm) -> None:
    """At once, and once (AK-T04, AK-N20)."""
    locked(realm)
    unlock(realm)

    assert attempt(realm, password=PASSWORD) == ""
    with pytest.raises(Refused, match="token_invalid"):
        unlock(realm)


def test_an_operator_ends_it(realm: Realm) -> None:
    """By ``user unlock`` (AK-N17)."""
    locked(realm)
    realm.end_waits(ADA)

    assert attempt(realm, password=PASSWORD) == ""


@needs("reset")
def test_a_reset_ends_it(realm: Realm) -> None:
    """A lock never blocks one (RQ-T5)."""
    locked(realm)
    browser, new = Browser(realm), "plenty of blue mango"
    clock_of(realm).forward(seconds=1)
    submit(browser.get("/password/reset"), email=ADA)
    page = browser.get(last_link(realm, ADA), status=303).follow()
    submit(page, password=new)

    assert attempt(realm, password=new) == ""


def test_the_owner_is_not_locked_out_at_home(realm: Realm) -> None:
    """In a browser, and from a network, in which there was a login before."""
    assert attempt(realm, password=PASSWORD, ip=HOME) == ""
    with realm.writing() as db:
        user = locking.lock(db, find(realm, ADA).id)
        assert user is not None
        done = login.finish(realm, db, caller_at(realm.now), user, "password")
    assert isinstance(done, login.LoggedIn)
    locked(realm)

    assert attempt(realm, password=PASSWORD) == "login_failed"
    assert attempt(realm, password=PASSWORD, ip=HOME) == ""
    locked(realm)
    assert attempt(realm, password=PASSWORD, device=done.device) == ""


def test_it_is_a_wrong_password_to_whoever_sees_it(realm: Realm) -> None:
    """The same page, and the same work as for nobody, also when it locks (RQ-T5)."""
    realm.add_user(EVE)
    work = []
    for name in (ADA, NOBODY, EVE):
        realm.passwords = hasher = CountingPasswords(cheap=True)
        counts = []
        for _ in range(FAILURES + 2):
            with statements(realm) as asked:
                assert attempt(realm, name) == "login_failed"
            counts.append(len(asked))
        work.append((hasher.count, counts))

    assert work[0] == work[1] == work[2]
    assert work[0][1][FAILURES - 1] > work[0][1][0]


def test_who_goes_on_guessing_sees_no_difference(realm: Realm, clock: Clock) -> None:
    """An account that does not exist is locked for as long as one that does."""
    realm.add_user(EVE)
    begun, work = clock.now, []
    for name in (ADA, NOBODY, EVE):
        clock.now, counts = begun, []
        for _ in range(3 * FAILURES):
            clock.forward(seconds=200)
            with statements(realm) as asked:
                attempt(realm, name)
            counts.append(len(asked))
        work.append(counts)

    assert work[0] == work[1] == work[2]


@needs("password")
def test_the_page_is_the_same(realm: Realm) -> None:
    """For a locked account, an open one and none; and it leads to the link."""
    locked(realm)
    realm.add_user(EVE, PASSWORD)
    answers = []
    for name in (ADA, EVE, NOBODY):
        browser = Browser(realm, {"REMOTE_ADDR": next(strange)})
        answer = browser.log_in(name, "wrong", status=422)
        answers.append(str(plain(answer)).replace(name, ""))

    assert answers[0] == answers[1] == answers[2]
    assert "Unlock your password by e-mail" in answers[0]
    assert "Unlock your password" not in Browser(realm).get("/login")


# --- The mails -------------------------------------------------------------------


def test_the_owner_is_told_once_a_lock(realm: Realm) -> None:
    """What happened, and what to do."""
    locked(realm)
    attempt(realm)
    (mail,) = letters(realm, ADA)

    assert mail.subject == "Too many wrong passwords for your account at Local realm"
    assert "entered 6 wrong passwords in a row" in mail.text
    assert "for 60 minutes" in mail.text


def test_strangers_flood_nobody(realm: Realm, clock: Clock) -> None:
    """Who unlocks again and again gets five mails an hour at most (RQ-T7)."""
    for _ in range(12):
        locked(realm)
        realm.end_waits(ADA)
        clock.forward(minutes=5)

    assert 3 <= len(letters(realm, ADA)) <= 5
    locked(realm)
    unlock(realm)  # the link of the last one is still good
    assert attempt(realm, password=PASSWORD) == ""


def test_who_has_no_address_or_password_is_told_nothing(make: Make) -> None:
    """The lock is there all the same."""
    realm = realm_that_locks(make)
    realm.add_user(None, PASSWORD, username="countess")
    realm.add_user(EVE)
    locked(realm, "countess")
    locked(realm, EVE)

    assert letters(realm) == []
    assert attempt(realm, "countess", PASSWORD) == "login_failed"


@pytest.mark.parametrize(
    ("in_a_row", "is_locked"),
    [(0, False), (49, False), (50, True), (51, False), (100, False)],
)
def test_it_locks_at_each_so_many(make: Make, in_a_row: int, is_locked: bool) -> None:
    """But not at the hundredth: then the password is off, and a mail tells of that."""
    realm = with_ada(make(**{"lockout.failures": 50}))
    ada, caller = find(realm, ADA), caller_at(realm.now)
    about = tries.account(realm, ada, ADA)
    event = PasswordFailed(user_id=ada.id, in_a_row=in_a_row, about=about)
    with realm.writing() as db:
        realm.record(db, event, caller)

    assert ("user.locked" in recorded(realm)) is is_locked


def test_what_is_recorded(realm: Realm, clock: Clock) -> None:
    """What strangers cause is forgotten as failures are, and the unlocking is not."""
    locked(realm)
    clock.forward(minutes=5)
    flow.ask(realm, caller_at(realm.now), ADA)
    unlock(realm)
    before = recorded(realm)
    with realm.writing() as db:
        events.forget_failures(db, realm.now, 100)

    assert before - recorded(realm) == {
        "user.login.failed", "user.locked", "user.unlocking",
    }  # fmt: skip
    assert "user.unlocked.by_mail" in recorded(realm)


def recorded(realm: Realm) -> set[str]:
    """Return the types of all events."""
    with realm.reading() as db:
        return set(db.scalars(select(EventRow.type)))


# --- Asking for the link ---------------------------------------------------------


@pytest.mark.parametrize("name", [NOBODY, EVE, "nobody", "="])
def test_whoever_asks_gets_one_answer(realm: Realm, name: str) -> None:
    """For somebody unknown, somebody disabled, and what is no name (RQ-E1)."""
    realm.add_user(EVE, PASSWORD)
    realm.set_user_state(EVE, "inactive")
    answers = []
    for one in (ADA, name):
        browser = Browser(realm)
        asked = submit(browser.get("/login/unlock"), email=one)
        answers.append([plain(asked), plain(asked.follow())])

    assert answers[0] == answers[1]
    assert [mail.to for mail in letters(realm)] == [ADA]


@needs("password")
def test_the_whole_way(realm: Realm, clock: Clock) -> None:
    """From the failed login through the mail to the login; opening does nothing."""
    locked(realm)
    browser = Browser(realm, {"REMOTE_ADDR": next(strange)})
    failed = browser.log_in(status=422)
    clock.forward(minutes=1)
    sent = submit(failed.click("Unlock your password"), email=ADA).follow()
    link = last_link(realm, ADA)
    Browser(realm).app.head(link, status=303)
    page = browser.get(link, status=303).follow()
    browser.log_in(status=422)
    back = submit(page)

    assert "Check your e-mail" in sent
    assert "Your password is unlocked." in back.follow()
    browser.log_in()
    assert browser.is_logged_in
    assert "not valid any more" in browser.get(link, status=422)


def test_programs_do_the_same(realm: Realm) -> None:
    """204 when it is done, the stable words when it is not (AK-H01, AK-H02)."""
    locked(realm)
    clock_of(realm).forward(minutes=1)
    Browser(realm).app.post_json("/login/unlock", {"email": ADA}, status=204)
    token = last_link(realm).partition("token=")[2].replace("%3A", ":")
    fields = {"token": token}
    Browser(realm).app.post_json("/login/unlock/link", fields, status=204)
    used = Browser(realm).app.post_json("/login/unlock/link", fields, status=422)

    assert used.json["reasons"] == {"": ["token_invalid"]}
    Browser(realm).app.post("/login/unlock/link", fields, status=403)


# --- Nobody is kept out ----------------------------------------------------------


def test_the_owner_gets_in_on_every_day_of_a_week(make: Make, clock: Clock) -> None:
    """By the password, from a new address, after the link that the lock has sent."""
    realm = with_ada(make())
    for day in range(7):
        end = clock.now + 86_400
        while clock.now < end:
            attempt(realm)  # more often, they only wait
            clock.forward(minutes=60)
        token = asked(realm)
        flow.unlock(realm, caller_at(realm.now), token)

        assert attempt(realm, password=PASSWORD) == "", day
    assert clock.now > START


def asked(realm: Realm) -> str:
    """Ask for a link; return what it carries."""
    flow.ask(realm, caller_at(realm.now), ADA)
    return last_link(realm, ADA).partition("token=")[2].replace("%3A", ":")
