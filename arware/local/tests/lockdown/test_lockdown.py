"""Everybody out, and back in by a new password (AK-N17)."""

from __future__ import annotations

import io
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import func, select

from arware.kit.operator import NotDone

from ... import locking, one_time, operators
from ...features import FEATURES
from ...features.lockdown import flow
from ...features.lockdown.commands import lockdown
from ...models import EventRow, MailRow, OneTimeToken, User
from ...realm import Realm
from ..conftest import Make, find, with_ada
from ..locks import meanwhile
from ..mailbox import letters
from ..operating import acting, remarks, told
from ..support import ADA, PASSWORD, Browser, member, needs

BOB, EVE = "bob@example.com", "eve@example.com"


@pytest.fixture
def busy_realm(any_realm: Realm) -> Realm:
    """Return a realm with Ada, Bob without an address, and Eve, who is disabled."""
    any_realm.add_user(username="bob", password=PASSWORD)
    any_realm.add_user(EVE, PASSWORD)
    any_realm.add_user("nopassword@example.com")
    any_realm.set_user_state(EVE, "inactive")
    return any_realm


@needs("reset")
def test_ak_n17_nothing_that_was_open_stays_open(busy_realm: Realm) -> None:
    """Logins, passwords and links are void, and the command says how many (RQ-P9)."""
    sessions = [member(busy_realm, name).session.id for name in (ADA, ADA, "bob")]
    with busy_realm.writing() as db:
        one_time.make(busy_realm, db, "tpw", find(busy_realm, ADA), busy_realm.now)
    (done,) = told(busy_realm, lockdown, "--yes")

    assert done == {
        "users": 4,
        "sessions_ended": 3,
        "passwords_off": 3,
        "mails": 1,
        "without_address": 1,
    }
    assert not any(busy_realm.is_session_active(one) for one in sessions)
    with busy_realm.reading() as db:
        assert db.scalars(select(User.password_hash)).all() == [None] * 4
        assert db.scalar(select(func.count()).select_from(OneTimeToken)) == 0
        types = db.scalars(select(EventRow.type)).all()
    assert types.count("user.locked_down") == 4


@needs("reset", "password")
def test_ak_n17_who_has_an_address_comes_back_by_mail(realm: Realm) -> None:
    """The mail leads to the page, and carries no token."""
    told(realm, lockdown, "--yes")
    (letter,) = letters(realm, ADA)
    Browser(realm).log_in(password=PASSWORD, status=422)

    assert "http://127.0.0.1:8001/password/reset\n" in letter.text
    assert "token" not in letter.text
    assert letter.subject == "Choose a new password for Local realm"


@pytest.mark.skipif("api_tokens" not in FEATURES, reason="without api_tokens")
@needs("reset")
def test_ak_n17_api_tokens_are_void(realm: Realm) -> None:
    """They would open the account without its owner."""
    made = realm.add_api_token(ADA, "x")
    told(realm, lockdown, "--yes")

    assert realm.redeem_api_token(made) is None


@needs("reset")
def test_ak_n17_mails_go_out_one_after_the_other(
    realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many a minute; and pieces are small."""
    monkeypatch.setattr(flow, "AT_ONCE", 2)
    for number in range(4):
        realm.add_user(f"u{number}@example.com", PASSWORD)
    told(realm, lockdown, "--yes", "--mails-a-minute", "2")
    with realm.reading() as db:
        due = sorted(db.scalars(select(MailRow.due_at)))

    assert [at - realm.now for at in due] == [0, 0, 60, 60, 120]


@needs("reset")
def test_ak_n17_a_second_time_writes_to_nobody_again(busy_realm: Realm) -> None:
    """It may have been broken off; who logged in meanwhile is out again."""
    told(busy_realm, lockdown, "--yes")
    session = member(busy_realm).session.id
    (done,) = told(busy_realm, lockdown, "--yes")

    assert (done["users"], done["sessions_ended"], done["mails"]) == (4, 1, 0)
    assert not busy_realm.is_session_active(session)


@needs("reset")
def test_ak_n17_it_says_how_far_it_got_where_the_database_fails(
    realm: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was done is done, and it can be run again."""
    monkeypatch.setattr(flow, "AT_ONCE", 1)
    last = sorted([realm.add_user(EVE, PASSWORD), find(realm, ADA).id])[1]
    with realm.writing() as db:
        db.connection().exec_driver_sql(
            f"CREATE TRIGGER broken BEFORE UPDATE ON ar_users WHEN OLD.id = '{last}' "
            "BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    with pytest.raises(NotDone, match="1 users are done, run it again"):
        told(realm, lockdown, "--yes")


def test_ak_n17_passwords_may_stay(busy_realm: Realm) -> None:
    """Where only sessions have leaked."""
    session = member(busy_realm).session.id
    (done,) = told(busy_realm, lockdown, "--yes", "--keep-passwords")

    assert (done["sessions_ended"], done["passwords_off"], done["mails"]) == (1, 0, 0)
    assert not busy_realm.is_session_active(session)
    assert find(busy_realm, ADA).password_hash


@needs("reset")
def test_ak_n17_it_is_asked_for_first(realm: Realm, monkeypatch: Any) -> None:
    """By words that nobody types by mistake; a script says --yes."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(
        NotDone, match=r"logs out everybody .* new password\. Say --yes"
    ):
        told(realm, lockdown, "--json")
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    with pytest.raises(NotDone, match="nothing was done"):
        told(realm, lockdown)
    assert find(realm, ADA).password_hash
    monkeypatch.setattr("sys.stdin", Terminal("Lock down\n"))
    told(realm, lockdown)
    assert find(realm, ADA).password_hash is None


@needs("reset")
def test_ak_n17_nobody_is_locked_out_for_good(make: Make) -> None:
    """Without mail there would be no way back."""
    realm = with_ada(make(url="https://auth.example", cheap_hashing=False))
    with pytest.raises(NotDone, match="no mail server is set"):
        told(realm, lockdown, "--yes")
    with pytest.raises(NotDone, match="takes 1 or more"):
        told(realm, lockdown, "--yes", "--mails-a-minute", "0")

    assert find(realm, ADA).password_hash


@needs("reset")
def test_ak_n17_an_operator_is_told_what_is_left_to_do(busy_realm: Realm) -> None:
    """Links for who has no address, and secrets that may be known."""
    said = remarks(busy_realm, lockdown, "--yes")

    assert said[0].startswith("Without an e-mail address are 1: hand each")
    assert said[1] == "The last mail goes out in 1 min."
    assert "within 360 minutes" in said[2]


def offered(realm: Realm, name: str) -> bool:
    """Tell whether an operator can require a new password of somebody."""
    with realm.reading() as db:
        return flow.is_offered(realm, db, find(realm, name))


def test_an_operator_who_is_at_work_and_it_wait_for_each_other(
    any_realm: Realm,
) -> None:
    """Operators are locked before others, though their ids come later."""
    realm = any_realm
    realm.add_user(username="bob", password=PASSWORD)
    other, operator = sorted(user.id for user in realm.users())
    with realm.writing() as db:
        operators.add(realm, db, db.get_one(User, operator), realm.operator())

    with ExitStack() as stack, realm.writing() as db:
        locking.lock(db, operator)
        pieces = flow.lock_down(realm, flow.Plan(keep_passwords=True))
        stack.enter_context(meanwhile(realm, lambda: list(pieces)))
        assert locking.lock(db, other) is not None


@needs("reset", "password")
def test_rq_p9_one_person_has_to_choose_a_new_password(busy_realm: Realm) -> None:
    """Logins and links end at once; a mail says how to come back, and others stay."""
    realm = busy_realm
    ada, bob = (member(realm, name).session.id for name in (ADA, "bob"))
    with realm.writing() as db:
        one_time.make(realm, db, "tpw", find(realm, ADA), realm.now)
    (done,) = told(realm, acting("force-reset"), ADA)
    (letter,) = letters(realm, ADA)

    assert done == {"user_id": find(realm, ADA).id, "action": "force-reset"}
    assert [realm.is_session_active(one) for one in (ada, bob)] == [False, True]
    assert letter.subject == "Choose a new password for Local realm"
    Browser(realm).log_in(password=PASSWORD, status=422)
    with realm.reading() as db:
        assert db.scalar(select(func.count()).select_from(OneTimeToken)) == 0
        (event,) = db.scalars(
            select(EventRow).where(EventRow.type == "user.locked_down")
        )
    assert event.data == {"password": True, "alone": True}
    assert not offered(realm, ADA)


@pytest.mark.skipif("api_tokens" not in FEATURES, reason="without api_tokens")
@needs("reset")
def test_rq_p9_a_new_password_makes_the_api_tokens_void(realm: Realm) -> None:
    """Whoever knew the old one may have made some."""
    made = realm.add_api_token(ADA, "x")
    told(realm, acting("force-reset"), ADA)

    assert realm.redeem_api_token(made) is None


@needs("reset")
def test_rq_p9_it_is_offered_to_who_can_come_back(busy_realm: Realm) -> None:
    """Who has no address is handed a link."""
    who = ADA, "bob", EVE, "nopassword@example.com"

    assert [offered(busy_realm, one) for one in who] == [True, True, False, False]


@needs("reset")
def test_rq_p9_without_mail_it_is_offered_where_there_is_no_address(make: Make) -> None:
    """Nobody else would hear of it."""
    realm = with_ada(make(url="https://auth.example", cheap_hashing=False))
    realm.add_user(username="bob", password=PASSWORD)

    assert [offered(realm, one) for one in (ADA, "bob")] == [False, True]
