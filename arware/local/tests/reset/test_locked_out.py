"""Strangers who guess, and ask for mails, never keep the owner of a mailbox out."""

from __future__ import annotations

from contextlib import suppress
from itertools import count

from arware.kit.web.refusals import Refused

from ... import tries
from ...caller import Caller
from ...features.reset import flow
from ...models import User
from ...realm import Realm
from ..conftest import find
from ..mailbox import last_link
from ..support import ADA, PASSWORD, Browser, Clock, submit

DAY = 86_400

#: Addresses that nobody has had before.
strange = (f"2001:db8:{number:x}::1" for number in count(1))


def a_day_of_attacks(realm: Realm, clock: Clock) -> None:
    """
    Let strangers guess and ask for mails for a day, as often as anything comes of it.

    Whether they do so twice a minute changes nothing: guesses that wait and mails that
    are too many are neither counted nor sent. Mails of the morning are over by evening.
    """
    user, end = find(realm, ADA), clock.now + DAY
    while clock.now < end:
        guess(realm, clock, user)
        if end - clock.now <= 7200 and clock.now % 3600 < 300:
            flow.ask(realm, Caller(next(strange), "", int(clock.now)), ADA)
            clock.forward(seconds=30)
        else:
            clock.forward(minutes=15)
    guess(realm, clock, user)


def guess(realm: Realm, clock: Clock, user: User) -> None:
    """Let a stranger try a password."""
    with suppress(Refused):
        caller = Caller(next(strange), "", int(clock.now))
        tries.take_password(realm, caller, user, ADA)


def test_the_owner_gets_in_on_every_day_of_a_week(realm: Realm, clock: Clock) -> None:
    """From a new address, by the mail that strangers had sent."""
    password = PASSWORD
    for day in range(7):
        a_day_of_attacks(realm, clock)
        browser = Browser(realm, {"REMOTE_ADDR": next(strange)})
        browser.log_in(password=password, status=422)
        submit(browser.get("/password/reset"), email=ADA)
        page = browser.get(last_link(realm, ADA), status=303).follow()
        password = f"marzipan {day} harbour telescope"
        submit(page, password=password)
        browser.log_in(password=password)

        assert browser.is_logged_in
