"""Who asks for a mail learns nothing of others, floods nobody, and guesses in vain."""

from __future__ import annotations

import pytest

from arware.kit.web.refusals import Refused

from ... import one_time
from ...caller import Caller
from ...features.magic_link import flow
from ...realm import Realm
from ..conftest import Make, find
from ..mailbox import last_link, letters
from ..support import ADA, PASSWORD, Browser, Clock, caller_at, clock_of, plain, submit
from .journeys import ask, code_in_mail, enter, realm_with_mail, wrong

EVE, NOBODY = "eve@example.com", "nobody@example.com"


@pytest.fixture
def realm(make: Make) -> Realm:
    """Return a realm in which people log in by mail, and Eve is disabled."""
    realm = realm_with_mail(make)
    realm.add_user(EVE, PASSWORD)
    realm.set_user_state(EVE, "inactive")
    return realm


@pytest.mark.parametrize("name", [NOBODY, EVE, "nobody", "="])
def test_the_answers_are_the_same(realm: Realm, name: str) -> None:
    """For somebody unknown, somebody disabled, and what is no name (RQ-E1)."""
    seen = []
    for one in (ADA, name):
        browser = Browser(realm)
        asked = ask(browser, one)
        seen.append([asked, asked.follow(), enter(browser, "00000000", 422)])

    assert [plain(one) for one in seen[0]] == [plain(one) for one in seen[1]]
    assert [mail.to for mail in letters(realm)] == [ADA]


def test_whoever_asks_too_often_has_a_link_that_is_good(
    realm: Realm, clock: Clock
) -> None:
    """Five mails an hour, and no minute without one (RQ-T7), whoever asks."""
    for number in range(25):
        flow.ask(realm, Caller(f"2001:db8:{number:x}::1", "", int(clock.now)), ADA)
        token = last_link(realm).partition("token=")[2].replace("%3A", ":")

        assert one_time.holder(realm, flow.LINK, token, realm.now).email == ADA
        clock.forward(minutes=1 if number < 5 else 3)
        assert len(letters(realm)) <= 5 or number > 20


def test_one_network_is_told_to_wait(realm: Realm) -> None:
    """After twenty mails an hour, for whomever."""
    for number in range(20):
        flow.ask(realm, caller_at(realm.now), f"nobody{number}@example.com")
    refused = ask(Browser(realm), status=429)

    assert int(refused.headers["Retry-After"]) > 0


def test_five_tries_at_a_code(realm: Realm, clock: Clock) -> None:
    """Then none is looked at before the code is over (RQ-T6, AK-N22)."""
    browser = Browser(realm)
    ask(browser)
    code = code_in_mail(realm)
    for _ in range(5):
        enter(browser, wrong(code), 422)
    refused = enter(browser, code, 429)
    clock.forward(minutes=1)
    ask(browser)

    assert int(refused.headers["Retry-After"]) > 0
    enter(browser, code_in_mail(realm))
    assert browser.is_logged_in


def test_wrong_codes_of_strangers_touch_nobody(realm: Realm, clock: Clock) -> None:
    """Not the owner's own code, and no second factor."""
    stranger, owner = Browser(realm, {"REMOTE_ADDR": "203.0.113.9"}), Browser(realm)
    ask(stranger)
    for _ in range(5):
        enter(stranger, "00000000", 422)
    clock.forward(minutes=1)
    ask(owner)
    enter(owner, code_in_mail(realm))

    assert owner.is_logged_in


def test_after_a_hundred_wrong_codes_only_the_link_is_good(realm: Realm) -> None:
    """Until it is used: it cannot be guessed (RQ-T1)."""
    for number in range(20):
        caller = Caller(f"2001:db8:{number:x}::1", "", realm.now)
        kept = _asked(realm, caller)
        for _ in range(5):
            with pytest.raises(Refused, match="mailed_code_wrong"):
                flow.log_in_by_code(realm, caller, kept, "x")
    owner = Browser(realm)
    clock_of(realm).forward(minutes=30)
    ask(owner)
    enter(owner, code_in_mail(realm), 422)
    submit(owner.get(last_link(realm), status=303).follow())
    assert owner.is_logged_in
    clock_of(realm).forward(minutes=30)
    again = Browser(realm)
    ask(again)
    enter(again, code_in_mail(realm))
    assert again.is_logged_in


def _asked(realm: Realm, caller: Caller) -> str:
    """Return what a browser keeps that asked, however many mails were sent."""
    with realm.writing() as db:
        return one_time.make(
            realm, db, flow.CODE, find(realm, ADA), caller.now, data={"code": "x"}
        )


@pytest.mark.parametrize("kept", ["", "x", "tmc:", "tml:" + "A" * 16 + "." + "B" * 43])
def test_what_no_browser_was_given_is_worth_nothing(realm: Realm, kept: str) -> None:
    """It is a code that is wrong, as any other."""
    with pytest.raises(Refused, match="mailed_code_wrong"):
        flow.log_in_by_code(realm, caller_at(realm.now), kept, "12345678")
