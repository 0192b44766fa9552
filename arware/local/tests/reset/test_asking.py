"""Who asks for a link learns nothing of others, and floods no mailbox."""

from __future__ import annotations

import pytest

from ... import one_time
from ...caller import Caller
from ...features.reset import flow
from ...realm import Realm
from ...tries import LEAST_MINUTES
from ..conftest import Make, with_ada
from ..mailbox import last_link, letters
from ..support import ADA, PASSWORD, Browser, Clock, caller_at, needs, plain
from .journeys import ask

pytestmark = needs("password")


# --- Nobody learns who has an account --------------------------------------------


@pytest.mark.parametrize(
    "name", ["nobody@example.com", "eve@example.com", "nobody", "="]
)
def test_the_answer_is_the_same(realm: Realm, name: str) -> None:
    """For somebody unknown, somebody disabled, and what is no name (AK-B03)."""
    realm.add_user("eve@example.com", PASSWORD)
    realm.set_user_state("eve@example.com", "inactive")
    answers = [ask(Browser(realm), one) for one in (ADA, name)]

    assert plain(answers[0]) == plain(answers[1])
    assert plain(answers[0].follow()) == plain(answers[1].follow())
    assert [mail.to for mail in letters(realm)] == [ADA]


# --- Too many --------------------------------------------------------------------


def test_one_mail_a_minute(realm: Realm, clock: Clock) -> None:
    """And after three one in twenty; the answer is the same as ever (RQ-T7)."""
    answers = []
    for _ in range(9):
        answers += [ask(Browser(realm)), ask(Browser(realm))]
        clock.forward(minutes=1)

    assert len(letters(realm)) == 3
    assert len({str(plain(answer)) for answer in answers}) == 1


def test_a_user_name_has_no_mails_of_its_own(make: Make) -> None:
    """Those that are asked for by name and by address count together (RQ-T7)."""
    realm = make()
    realm.add_user(ADA, PASSWORD, username="countess")
    for name in ("countess", ADA, "COUNTESS"):
        flow.ask(realm, caller_at(realm.now), name)

    assert len(letters(realm)) == 1


@pytest.mark.parametrize("minutes", [LEAST_MINUTES, 30])
def test_whoever_asks_too_often_has_a_link_that_is_good(
    make: Make, clock: Clock, minutes: int
) -> None:
    """Strangers who ask all day leave the owner without one at no minute."""
    realm = with_ada(make(**{"reset.minutes": minutes}))
    for minute in range(150):
        stranger = Caller(f"2001:db8:{minute:x}::1", "", int(clock.now))
        flow.ask(realm, stranger, ADA)
        token = last_link(realm).partition("token=")[2].replace("%3A", ":")

        assert one_time.holder(realm, flow.KIND, token, realm.now).email == ADA
        clock.forward(minutes=1)


def test_one_network_asks_twenty_times_an_hour(realm: Realm, clock: Clock) -> None:
    """For whomever, known or not; then it is told to wait (RQ-T7, AK-B14)."""
    for number in range(20):
        ask(Browser(realm), f"nobody{number}@example.com")
    refused = ask(Browser(realm), status=429)
    clock.forward(minutes=61)

    assert int(refused.headers["Retry-After"]) > 0
    assert letters(realm) == []
    ask(Browser(realm))
