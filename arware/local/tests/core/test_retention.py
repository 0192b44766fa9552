"""What is forgotten, and when."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from arware.kit.forgetting import PIECE
from arware.kit.jobs import Incomplete
from arware.kit.outbox import FAILED, SENT

from ... import mail, one_time, sessions
from ...events import AddressRepeated, Event, LoginFailed, PasswordUpdated
from ...models import Base, EventRow, LoginSession, MailRow, OneTimeToken, PendingLogin
from ...realm import Realm
from ...retention import DAY
from ..conftest import Make, find, with_ada
from ..support import ADA, Clock, caller_at, member

#: The defaults, in days.
ADDRESSES, EVENTS, FAILURES, SESSIONS = 90, 365, 30, 30


def later(realm: Realm, clock: Clock, days: float) -> dict[str, int]:
    """Return what was forgotten so many days later."""
    clock.forward(seconds=days * DAY)
    forgotten = realm.purge()
    del forgotten["counted tries"]  # Those of Ada's mails about changes.
    return {what: rows for what, rows in forgotten.items() if rows}


def record(realm: Realm, *events: Event) -> None:
    """Let some events happen now."""
    with realm.writing() as db:
        for event in events:
            realm.record(db, event, caller_at(realm.now))


def rows(realm: Realm, column: Any) -> list[Any]:
    """Return what is left in a column."""
    with realm.reading() as db:
        return list(db.scalars(select(column)))


def test_events_lose_their_addresses_before_they_go(
    any_realm: Realm, clock: Clock
) -> None:
    """After 90 days, and after a year."""
    record(any_realm, PasswordUpdated(user_id=find(any_realm, ADA).id))
    before = later(any_realm, clock, ADDRESSES - 1)
    at_ninety = later(any_realm, clock, 1)
    left = rows(any_realm, EventRow.ip), rows(any_realm, EventRow.client)
    after_a_year = later(any_realm, clock, EVENTS - ADDRESSES)

    assert before == {}
    assert at_ninety == {"addresses in events": 1}
    assert left == (["", ""], ["operator", ""])
    assert after_a_year == {"events": 2}


def test_what_strangers_cause_is_forgotten_sooner(
    any_realm: Realm, clock: Clock
) -> None:
    """They cause it at will: at no account it stays a day, elsewhere thirty."""
    ada = find(any_realm, ADA).id
    record(any_realm, LoginFailed(user_id=ada), LoginFailed(user_id=""))
    record(any_realm, AddressRepeated(user_id=ada), PasswordUpdated(user_id=ada))

    assert later(any_realm, clock, 1) == {"those at accounts that do not exist": 1}
    assert later(any_realm, clock, FAILURES - 1) == {"events that strangers cause": 2}
    assert len(rows(any_realm, EventRow)) == 2


def test_what_cannot_be_forgotten_keeps_nothing_else(
    realm: Realm, clock: Clock
) -> None:
    """The rest is, and the job has failed."""
    record(realm, LoginFailed(user_id=""))
    member(realm)
    with realm.writing() as db:
        db.connection().exec_driver_sql(
            "CREATE TRIGGER broken BEFORE DELETE ON ar_events "
            "BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    clock.forward(seconds=SESSIONS * 2 * DAY)
    with pytest.raises(Incomplete):
        realm.purge()

    assert rows(realm, LoginSession) == []


def test_logins_are_remembered_for_a_while_after_their_end(
    any_realm: Realm, clock: Clock
) -> None:
    """From their end on, which may be before their time is over."""
    ended = member(any_realm)
    with any_realm.writing() as db:
        sessions.end(any_realm, db, ended.session.id, ended)
    member(any_realm)

    assert later(any_realm, clock, SESSIONS) == {"logins that are over": 1}
    assert later(any_realm, clock, 1) == {"logins that are over": 1}


def test_a_login_that_nobody_comes_back_to_is_over_then(
    any_realm: Realm, clock: Clock
) -> None:
    """Not when its time would be over, which may be a year later."""
    ada = member(any_realm)
    with any_realm.writing(ada) as db:
        session = db.get_one(LoginSession, ada.session.id)
        sessions.limit(any_realm, session, minutes=365 * 1440, idle_minutes=1440)

    assert later(any_realm, clock, SESSIONS) == {}
    assert later(any_realm, clock, 1) == {"logins that are over": 1}


def test_a_login_that_is_kept_longer_loses_its_address(
    make: Make, clock: Clock
) -> None:
    """That of one that goes on stays."""
    realm = with_ada(make(**{"retention.sessions": 365, "retention.addresses": 7}))
    member(realm)

    assert "addresses in logins that are over" not in later(realm, clock, 7)
    assert later(realm, clock, 1) == {"addresses in logins that are over": 1}
    assert rows(realm, LoginSession.ip) == [""]


def test_links_go_when_they_are_over(any_realm: Realm, clock: Clock) -> None:
    """A used one, too."""
    ada = find(any_realm, ADA)
    kind = next(iter(any_realm.joined.token_kinds))
    minutes = any_realm.joined.token_kinds[kind](any_realm.settings)
    with any_realm.writing() as db:
        one_time.make(any_realm, db, kind, ada, any_realm.now)

    clock.forward(minutes=minutes - 1)
    any_realm.purge()
    kept = rows(any_realm, OneTimeToken)
    clock.forward(minutes=1)
    any_realm.purge()

    assert len(kept) == 1
    assert rows(any_realm, OneTimeToken) == []


def test_a_login_that_is_never_finished_goes_when_it_is_over(
    realm: Realm, clock: Clock
) -> None:
    """A quarter of an hour after it began."""
    ada = find(realm, ADA)
    with realm.writing() as db:
        over = {"credential_version": 0, "expires_at": realm.now + 900}
        when = {"created_at": realm.now, "factors": [], "passed": []}
        db.add(PendingLogin(digest="x", user_id=ada.id, **over, **when))

    assert later(realm, clock, 899 / DAY) == {}
    assert later(realm, clock, 1 / DAY) == {"logins that wait for a step": 1}


@pytest.mark.parametrize(("state", "days"), [(SENT, 7), (FAILED, 30)])
def test_mails_are_remembered_for_a_while(
    realm: Realm, clock: Clock, state: str, days: int
) -> None:
    """That they were: what they said is gone already."""
    with realm.writing() as db:
        mail.write(realm, db, ADA, "test_mail", realm.now)
        outbox = mail.outbox(realm)
        (id,) = outbox.due(db, realm.now, 1)
        claim = outbox.claim(db, id, realm.now)
        assert claim is not None
        if state == SENT:
            outbox.sent(db, claim, realm.now)
        else:
            outbox.failed(db, claim, realm.now, "recipient 550")

    later(realm, clock, days - 1)
    kept = rows(realm, MailRow.state)
    later(realm, clock, 1)

    assert kept == [state]
    assert rows(realm, MailRow.state) == []


def test_it_is_forgotten_in_pieces(realm: Realm, clock: Clock) -> None:
    """Others wait for one piece, and all is gone in the end."""
    with realm.writing() as db:
        for number in range(PIECE + 1):
            values = {"id": f"ev_{number}", "type": "x", "at": realm.now}
            db.add(EventRow(**values, ip="", client=""))

    assert later(realm, clock, EVENTS)["events"] == PIECE + 2
    assert rows(realm, EventRow) == []


def test_nothing_else_is_forgotten(any_realm: Realm, clock: Clock) -> None:
    """People, and the realm itself, stay."""
    later(any_realm, clock, 10 * EVENTS)
    with any_realm.reading() as db:
        left = {
            table.name
            for table in Base.metadata.sorted_tables
            if db.scalar(select(func.count()).select_from(table))
        }

    assert left == {"ar_realm", "ar_users"}


def test_a_process_that_ends_stops_forgetting(realm: Realm, clock: Clock) -> None:
    """The next one goes on."""
    realm.jobs.stop()

    assert not any(later(realm, clock, EVENTS).values())


def test_a_job_forgets(realm: Realm, clock: Clock) -> None:
    """Each hour, where jobs are done."""
    (job,) = (one for one in realm.joined.jobs if one.name == "retention.purge_by_job")
    clock.forward(seconds=EVENTS * DAY)
    job.function(realm, realm.now)

    assert job.every == 3600
    assert rows(realm, EventRow) == []
