"""Mails, codes and sign-ups are counted; waits of others' making are not told."""

from __future__ import annotations

from contextlib import suppress
from itertools import count

import pytest

from arware.kit.throttle import FOREVER
from arware.kit.web.refusals import Refused

from ... import tries
from ...caller import Caller
from ...models import User
from ...realm import Realm
from ...texts import english, too_many_tries
from ..support import ADA, START

HOME, AWAY = "192.0.2.1", "198.51.100.7"
DAY = 86_400

#: Addresses that nobody has had before.
strange = (f"2001:db8:{number:x}::1" for number in count(1))


@pytest.mark.parametrize(
    ("seconds", "words", "wait"),
    [
        (1, "in a few seconds", 10),
        (10, "in a few seconds", 10),
        (11, "in a minute", 60),
        (60, "in a minute", 60),
        (61, "in 2 minutes", 120),
        (900, "in 15 minutes", 900),
        (FOREVER, "after choosing a new password, or ask for help", DAY),
    ],
)
def test_a_waiting_time_is_rounded_up(seconds: int, words: str, wait: int) -> None:
    """Whoever waits for so long does not wait in vain, unless no time helps."""
    refused = too_many_tries(seconds, "password")

    assert english(refused) == f"Too many attempts. Try again {words}."
    assert (refused.wait, refused.field) == (wait, "password")


@pytest.mark.parametrize("address", [ADA, "nobody@example.com"])
def test_mails_to_an_address_are_few_and_that_is_not_told(
    realm: Realm, address: str
) -> None:
    """One a minute, and five in any hour, whether it is known or not (RQ-T7)."""
    sent = []
    for second in range(0, 7200, 20):
        caller = Caller(next(strange), "", START + second)
        if not tries.take(realm, caller, tries.MAILS, address).blocked:
            sent.append(second)

    assert sent == [0, 60, 120, 1320, 2520, 3720, 4920, 6120]


def test_mails_for_one_purpose_use_up_none_for_another(realm: Realm) -> None:
    """Else strangers could have others sent, and the owner would get no link."""
    for second in range(0, 300, 60):
        caller = Caller(next(strange), "", START + second)
        tries.take(realm, caller, tries.MAILS, ADA, purpose="confirm")
    caller = Caller(next(strange), "", START + 300)

    assert tries.take(realm, caller, tries.MAILS, ADA, purpose="confirm").blocked
    assert not tries.take(realm, caller, tries.MAILS, ADA, purpose="reset").blocked


def test_mails_from_a_network_are_few_and_that_is_told(realm: Realm) -> None:
    """Twenty an hour, to whomever."""
    for number in range(20):
        taken = tries.take(realm, Caller(AWAY, "", START), tries.MAILS, f"x{number}")
        assert not taken.blocked
    with pytest.raises(Refused) as refused:
        tries.take(realm, Caller(AWAY, "", START + 60), tries.MAILS, "one more")

    assert refused.value.reason.word == "too_many_tries"
    assert refused.value.wait == 3540


def test_codes_are_five_and_then_one_in_a_quarter_of_an_hour(realm: Realm) -> None:
    """From wherever; who tries has given the first proof and is told (RQ-T6)."""
    taken = []
    for minute in range(60):
        caller = Caller(next(strange), "", START + 60 * minute)
        with suppress(Refused):
            tries.take(realm, caller, tries.CODES, "usr_1")
            taken.append(minute)

    assert taken == [0, 1, 2, 3, 4, 19, 34, 49]


def test_a_mailbox_opens_codes_only_slowly(realm: Realm, ada: User) -> None:
    """After a hundred wrong ones a mailed link gives one at a time, not five."""
    caller = Caller(HOME, "", START)
    for number in range(100):
        caller = Caller(HOME, "", START + 900 * number)
        tries.take(realm, caller, tries.CODES, ada.id)
    with pytest.raises(Refused):
        tries.take(realm, Caller(HOME, "", START + 365 * DAY), tries.CODES, ada.id)
    with realm.writing() as db:
        tries.open_again(realm, db, ada)
    tries.take(realm, caller, tries.CODES, ada.id)
    with pytest.raises(Refused):
        tries.take(realm, caller, tries.CODES, ada.id)


def test_a_try_that_was_not_decided_does_not_count(realm: Realm) -> None:
    """A busy server costs nobody a try."""
    for _ in range(20):
        taken = tries.take_password(realm, Caller(AWAY, "", START), None, "x")
        tries.give_back(realm, taken)

    assert not taken.blocked
