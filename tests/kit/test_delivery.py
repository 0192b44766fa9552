"""Delivering: each mail once, whoever is killed, and none lost."""

from __future__ import annotations

import logging
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from arware.kit.database import Database
from arware.kit.mail import MailDelayed, MailRefused, ServerUnavailable
from arware.kit.outbox import BACK_OFF, FAILED, LEASE, SENT, WAITING, Outbox
from arware.kit.sealing import Sealer
from tests.kit.outboxes import (
    Kept,
    MailRow,
    delivery_of,
    open_database,
    rows_of,
    write_mails,
)
from tests.services import wait_until
from tests.smtp_servers import Mailbox, smtp_server


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Return a database with an empty outbox."""
    with open_database(url) as database:
        yield database


def test_what_is_due_is_sent_once(database: Database) -> None:
    """A second round finds nothing to do."""
    write_mails(database, "ada", "bob")
    mailer = Kept()
    delivery = delivery_of(database, mailer, lambda: 0)

    assert delivery.run() == {"sent": 2, "delayed": 0, "failed": 0}
    assert delivery.run() == {"sent": 0, "delayed": 0, "failed": 0}
    assert Counter(mailer.recipients) == {"ada@example.com": 1, "bob@example.com": 1}
    assert {row.state for row in rows_of(database).values()} == {SENT}


def test_a_message_is_known_by_the_mails_id(database: Database) -> None:
    """The id of the row is in the ``Message-ID``, so that a log can be followed."""
    (id,) = write_mails(database, "ada")
    mailer = Kept()
    delivery_of(database, mailer, lambda: 0).run()

    assert mailer.messages[0]["Message-ID"] == f"<{id}@acme.example>"


@pytest.mark.parametrize(
    ("fault", "result", "state"),
    [
        (MailRefused("recipient 550"), "failed", FAILED),
        (MailDelayed("recipient 450"), "delayed", WAITING),
        (ServerUnavailable("connection"), "delayed", WAITING),
    ],
)
def test_what_is_refused_for_good_fails_and_the_rest_waits(
    database: Database, fault: Exception, result: str, state: str
) -> None:
    """The row tells which it was."""
    write_mails(database, "ada")
    counts = delivery_of(database, Kept(fault=fault), lambda: 0).run()

    row = rows_of(database)["ada"]
    assert (counts[result], row.state, row.last_error) == (1, state, str(fault))


def test_what_waits_is_sent_when_it_is_due_again(database: Database) -> None:
    """Not before."""
    write_mails(database, "ada")
    mailer = Kept(fault=MailDelayed("recipient 450"))
    delivery_of(database, mailer, lambda: 0).run()
    mailer.fault = None

    assert delivery_of(database, mailer, lambda: BACK_OFF[0] - 1).run()["sent"] == 0
    assert delivery_of(database, mailer, lambda: BACK_OFF[0]).run()["sent"] == 1
    assert rows_of(database)["ada"].last_error is None


def test_a_server_that_is_away_is_asked_once_a_round(database: Database) -> None:
    """The other mails keep their turn, and their patience."""
    write_mails(database, "ada", "bob", "eve")
    fault = ServerUnavailable("connection")
    counts = delivery_of(database, Kept(fault=fault), lambda: 0).run()

    assert counts == {"sent": 0, "delayed": 1, "failed": 0}
    assert sorted(row.tries for row in rows_of(database).values()) == [0, 0, 1]


def test_one_bad_mail_does_not_hold_up_the_others(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Even a fault of our own is logged by its name only, and tried again."""
    write_mails(database, "ada", "bob")
    fault = RuntimeError("s3cret")
    counts = delivery_of(database, Kept(fault=fault), lambda: 0).run()

    assert counts == {"sent": 0, "delayed": 2, "failed": 0}
    assert "RuntimeError" in caplog.text
    assert "s3cret" not in caplog.text


def test_a_mail_whose_secret_is_unknown_waits(database: Database) -> None:
    """Another process may know it: one that was started with the newer settings."""
    write_mails(database, "ada")
    stranger = Outbox(MailRow, Sealer(["a secret of somebody else altogether"]))
    mailer = Kept()
    delivery_of(database, mailer, lambda: 0, stranger).run()
    assert rows_of(database)["ada"].last_error == "unreadable"

    assert delivery_of(database, mailer, lambda: BACK_OFF[0]).run()["sent"] == 1


def test_a_mail_that_can_be_no_message_fails(database: Database) -> None:
    """It would never be one."""
    write_mails(database, "no address at all")
    mailer = Kept()

    assert delivery_of(database, mailer, lambda: 0).run()["failed"] == 1
    assert mailer.messages == []


def test_a_round_can_be_ended_between_two_mails(database: Database) -> None:
    """Who wants to stop need not wait for all that is due."""
    write_mails(database, "ada", "bob", "eve")
    mailer = Kept()
    delivery_of(database, mailer, lambda: 0).run(
        stopping=lambda: len(mailer.messages) == 1
    )

    assert len(mailer.messages) == 1


def test_logs_name_no_address_and_no_content(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever becomes of a mail, the log has its id and a word."""
    caplog.set_level(logging.DEBUG)
    for number, fault in enumerate([None, MailRefused("x 550"), MailDelayed("x 450")]):
        write_mails(database, f"ada{number}", text="s3cret")
        delivery_of(database, Kept(fault=fault), lambda: 0).run()

    assert "mail_" in caplog.text
    assert "@" not in caplog.text
    assert "s3cret" not in caplog.text


def test_eight_senders_send_each_mail_once(database: Database) -> None:
    """None is sent twice, and none is left."""
    names = [f"user{number}" for number in range(100)]
    write_mails(database, *names)
    mailer = Kept()
    delivery = delivery_of(database, mailer, lambda: 0)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: delivery.run(), range(8)))
    assert Counter(mailer.recipients) == {f"{name}@example.com": 1 for name in names}


# --- Killed senders ----------------------------------------------------------------


@contextmanager
def sender(url: str, port: int, later: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that sends until it is killed."""
    arguments = [sys.executable, "-m", "tests.kit.outboxes", url, str(port), str(later)]
    with subprocess.Popen(arguments) as process:
        try:
            yield process
        finally:
            process.kill()


def delivered(mailbox: Mailbox) -> Counter[str]:
    """Return how often each recipient got a mail."""
    return Counter(str(message["To"]) for message in mailbox.messages)


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "SENT"])
def test_a_sender_killed_at_any_step_loses_nothing(
    url: str, database: Database, step: str
) -> None:
    """Another one sends the mail; twice only if the server had taken it (RFC 1047)."""
    names = ["ada", "bob", "eve"]
    write_mails(database, *names, now=int(time.time()))
    with smtp_server() as mailbox:
        mailbox.hold = step
        with sender(url, mailbox.port) as process:
            wait_until(lambda: step in mailbox.reached)
            process.send_signal(signal.SIGKILL)
        mailbox.hold = ""
        with sender(url, mailbox.port, LEASE):
            wait_until(lambda: all_sent(database))

    assert set(delivered(mailbox)) == {f"{name}@example.com" for name in names}
    assert len(mailbox.messages) == 3 + (step == "SENT")
    assert len({message["Message-ID"] for message in mailbox.messages}) == 3


def test_a_sender_that_is_alive_keeps_its_mail(url: str, database: Database) -> None:
    """While one waits for the server's answer, no other one sends the same mail."""
    write_mails(database, "ada", "bob", now=int(time.time()))
    with smtp_server() as mailbox:
        mailbox.hold = "SENT"
        with sender(url, mailbox.port):
            wait_until(lambda: "SENT" in mailbox.reached)
            with sender(url, mailbox.port):
                wait_until(lambda: mailbox.reached.count("SENT") == 2)
                mailbox.hold = ""
                wait_until(lambda: all_sent(database))

    assert set(delivered(mailbox).values()) == {1}


def test_senders_killed_at_random_lose_nothing(url: str, database: Database) -> None:
    """Two senders, killed again and again: each mail arrives, doubles are known."""
    names = [f"user{number}" for number in range(24)]
    write_mails(database, *names, now=int(time.time()))
    chance = random.Random(8)
    with smtp_server() as mailbox:
        for cycle in range(3):
            with (
                sender(url, mailbox.port, cycle * LEASE),
                sender(url, mailbox.port, cycle * LEASE),
            ):
                goal = min(24, len(mailbox.messages) + chance.randint(1, 6))
                wait_until(lambda goal=goal: len(mailbox.messages) >= goal)
        with sender(url, mailbox.port, 4 * LEASE):
            wait_until(lambda: all_sent(database))

    assert set(delivered(mailbox)) == {f"{name}@example.com" for name in names}
    assert len({message["Message-ID"] for message in mailbox.messages}) == len(names)


def all_sent(database: Database) -> bool:
    """Tell whether nothing waits any more."""
    return {row.state for row in rows_of(database).values()} == {SENT}
