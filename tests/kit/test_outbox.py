"""The outbox: what becomes of a mail between the cause and the server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from arware.kit.database import Database
from arware.kit.mail import Mail
from arware.kit.outbox import (
    BACK_OFF,
    FAILED,
    GIVE_UP,
    LEASE,
    SENT,
    WAITING,
    Claim,
    Outbox,
)
from arware.kit.sealing import CannotOpen, Sealer
from tests.kit.outboxes import (
    OUTBOX,
    SECRET,
    MailRow,
    open_database,
    rows_of,
    write_mails,
)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Return a database with an empty outbox."""
    with open_database(url) as database:
        yield database


def claim(database: Database, id: str, now: int) -> Claim | None:
    """Claim a mail in a transaction of its own."""
    with database.writing() as db:
        return OUTBOX.claim(db, id, now)


def claimed(database: Database, id: str, now: int) -> Claim:
    """Claim a mail that must be free."""
    claim_ = claim(database, id, now)
    assert claim_ is not None
    return claim_


def due(database: Database, now: int) -> list[str]:
    """Return the ids of what is due."""
    with database.reading() as db:
        return list(OUTBOX.due(db, now, 100))


def test_a_mail_says_what_was_written(database: Database) -> None:
    """Whoever claims it can open it."""
    (id,) = write_mails(database, "ada", text="Grüße")

    opened = OUTBOX.open(claimed(database, id, 0))
    assert opened == Mail(
        to="ada@example.com", subject="Hi", text="Grüße", html="<p>Hi"
    )


def test_a_mail_is_part_of_what_caused_it(database: Database) -> None:
    """What is rolled back is told to nobody."""
    with database.writing() as db:
        OUTBOX.put(db, Mail(to="a@b.example", subject="", text=""), kind="x", now=0)
        db.rollback()

    assert rows_of(database) == {}


def test_the_database_cannot_read_a_mail(database: Database) -> None:
    """A link that logs somebody in is not in a back-up."""
    write_mails(database, "ada", text="https://acme.example/?token=s3cret")

    with database.reading() as db:
        (row,) = db.execute(select(MailRow.__table__)).all()
    assert "s3cret" not in str(row)


def test_a_mail_cannot_be_turned_to_another_recipient(database: Database) -> None:
    """Who can write to the database still cannot have Ada's link sent to Eve."""
    (id,) = write_mails(database, "ada")
    with database.writing() as db:
        db.execute(update(MailRow).values(recipient="eve@example.com"))

    with pytest.raises(CannotOpen):
        OUTBOX.open(claimed(database, id, 0))


def test_an_older_secret_still_opens_what_waits(database: Database) -> None:
    """Rotating the secret loses no mail."""
    (id,) = write_mails(database, "ada")
    rotated = Outbox(MailRow, Sealer(["another secret, for the future", SECRET]))

    assert rotated.open(claimed(database, id, 0)).to == "ada@example.com"


def test_one_of_many_gets_a_mail(database: Database) -> None:
    """Of 200 claims by 8 threads one succeeds."""
    (id,) = write_mails(database, "ada")

    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(lambda _: claim(database, id, 0), range(200)))
    assert len([got for got in claims if got is not None]) == 1


def test_a_claim_runs_out(database: Database) -> None:
    """What a killed sender had claimed is free again after a while, and not before."""
    (id,) = write_mails(database, "ada")
    claimed(database, id, 0)

    assert claim(database, id, LEASE - 1) is None
    assert claimed(database, id, LEASE).tries == 2


def test_a_mail_waits_longer_each_time(database: Database) -> None:
    """The table of the waits is kept, and its last line repeated until it is enough."""
    (id,) = write_mails(database, "ada")
    now, waits = 0, []
    while (got := claim(database, id, now)) is not None:
        with database.writing() as db:
            OUTBOX.delayed(db, got, now, "timeout")
        then = rows_of(database)["ada"].due_at
        waits.append(then - now)
        assert claim(database, id, then - 1) is None
        now = then

    assert waits[: len(BACK_OFF)] == list(BACK_OFF)
    assert set(waits[len(BACK_OFF) : -1]) == {BACK_OFF[-1]}
    assert now < GIVE_UP
    assert rows_of(database)["ada"].state == FAILED


def test_a_mail_that_was_sent_is_wiped(database: Database) -> None:
    """Only that it was sent is kept."""
    (id,) = write_mails(database, "ada")
    with database.writing() as db:
        OUTBOX.sent(db, claimed_in(db, id), 5)

    row = rows_of(database)["ada"]
    assert (row.state, row.body, row.sent_at) == (SENT, None, 5)
    assert due(database, GIVE_UP - 1) == []


def claimed_in(db: Session, id: str) -> Claim:
    """Claim a mail in the transaction *db*."""
    got = OUTBOX.claim(db, id, 0)
    assert got is not None
    return got


def test_a_mail_that_failed_for_good_is_wiped(database: Database) -> None:
    """It is kept why, and for whom."""
    (id,) = write_mails(database, "ada")
    with database.writing() as db:
        OUTBOX.failed(db, claimed_in(db, id), 5, "recipient 550")

    row = rows_of(database)["ada"]
    assert (row.state, row.body, row.failed_at) == (FAILED, None, 5)
    assert (row.last_error, row.recipient) == ("recipient 550", "ada@example.com")


def test_a_late_failure_does_not_undo_the_next_ones_work(database: Database) -> None:
    """Who lost the claim says nothing about the mail any more."""
    (id,) = write_mails(database, "ada")
    first = claimed(database, id, 0)
    second = claimed(database, id, LEASE)
    with database.writing() as db:
        OUTBOX.failed(db, first, LEASE, "recipient 550")
        OUTBOX.delayed(db, first, LEASE, "timeout")
        assert the_mail(db).state == WAITING
        OUTBOX.sent(db, second, LEASE)
        OUTBOX.failed(db, second, LEASE, "recipient 550")
        assert the_mail(db).state == SENT


def the_mail(db: Session) -> MailRow:
    """Return the only mail as the transaction *db* sees it."""
    return db.scalars(select(MailRow).execution_options(populate_existing=True)).one()


def test_a_late_success_counts(database: Database) -> None:
    """A mail that was sent is not sent again because the answer came late."""
    (id,) = write_mails(database, "ada")
    first = claimed(database, id, 0)
    with database.writing() as db:
        OUTBOX.sent(db, first, 2 * LEASE)

    assert claim(database, id, 2 * LEASE) is None


def test_a_retry_makes_due_what_waits(database: Database) -> None:
    """The operator has repaired the server; what is being sent is left alone."""
    ada, bob, eve = write_mails(database, "ada", "bob", "eve")
    with database.writing() as db:
        OUTBOX.delayed(db, claimed_in(db, ada), 0, "connection")
        OUTBOX.delayed(db, claimed_in(db, bob), 0, "connection")
        OUTBOX.claim(db, eve, 0)
    assert due(database, 1) == []

    with database.writing() as db:
        assert OUTBOX.retry(db, 1, ada) == 1
        assert OUTBOX.retry(db, 1, "mail_unknown") == 0
    assert due(database, 1) == [ada]
    with database.writing() as db:
        assert OUTBOX.retry(db, 1) == 2
    assert set(due(database, 1)) == {ada, bob}


def test_what_nobody_could_send_in_time_is_not_sent(database: Database) -> None:
    """A server that is set up after weeks does not send what is no news any more."""
    (id,) = write_mails(database, "ada")
    assert due(database, GIVE_UP - 1) == [id]
    assert due(database, GIVE_UP) == []
    assert claim(database, id, GIVE_UP) is None

    with database.writing() as db:
        OUTBOX.give_up(db, GIVE_UP)
    row = rows_of(database)["ada"]
    assert (row.state, row.body, row.last_error) == (FAILED, None, "too old")


def test_the_oldest_is_due_first_and_the_newest_listed_first(
    database: Database,
) -> None:
    """People wait in line; an operator looks at what happened last."""
    (ada,) = write_mails(database, "ada", now=1)
    later = write_mails(database, "bob", "eve", "dan", now=2)
    with database.writing() as db:
        assert OUTBOX.due(db, 5, 100) == [ada, *later]
        assert OUTBOX.due(db, 1, 100) == [ada]
        assert OUTBOX.due(db, 5, 1) == [ada]
        assert [row.id for row in OUTBOX.newest(db)] == [*reversed(later), ada]
        assert [row.id for row in OUTBOX.newest(db, most=1)] == later[-1:]
        assert [row.id for row in OUTBOX.newest(db, SENT)] == []


def test_no_body_shows_by_mistake(database: Database) -> None:
    """A claim in a traceback gives away nothing that could be opened (RQ-K10)."""
    (id,) = write_mails(database, "ada")
    got = claimed(database, id, 0)

    assert got.body not in repr(got)
