"""
An outbox for tests, and, as a program, a sender of what is in one.

``python -m tests.kit.outboxes DATABASE PORT LATER`` hands what is due to the SMTP
server on loopback until it is killed, with a clock that is *LATER* seconds ahead.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase

from arware.kit.database import Database
from arware.kit.delivery import Delivery
from arware.kit.mail import Mail, Mailer, parse_sender
from arware.kit.outbox import Outbox, OutboxColumns
from arware.kit.sealing import Sealer
from arware.kit.smtp import Smtp

SECRET = "a secret of the tests that is long enough"
SENDER = parse_sender("Acme <no-reply@acme.example>")


class Base(DeclarativeBase):
    """The tables of an application."""


class MailRow(OutboxColumns, Base):
    """Its mails."""

    __tablename__ = "mails"


OUTBOX = Outbox(MailRow, Sealer([SECRET]))


@dataclass
class Kept:
    """A mailer that keeps what it is given, or raises what it is told to."""

    messages: list[EmailMessage] = field(default_factory=list)
    fault: Exception | None = None

    def send(self, message: EmailMessage) -> None:
        """Keep *message*."""
        if self.fault is not None:
            raise self.fault
        self.messages.append(message)

    @property
    def recipients(self) -> list[str]:
        """Whom the messages are for."""
        return [str(message["To"]) for message in self.messages]


@contextmanager
def open_database(url: str) -> Iterator[Database]:
    """Open the database at *url*, with the table of mails."""
    database = Database(make_url(url))
    Base.metadata.create_all(database.engine)
    try:
        yield database
    finally:
        database.close()


def write_mails(
    database: Database, *names: str, now: int = 0, text: str = "Hello."
) -> list[str]:
    """Write a mail for each of *names*; return their ids."""
    with database.writing() as db:
        return [
            OUTBOX.put(
                db,
                Mail(to=f"{name}@example.com", subject="Hi", text=text, html="<p>Hi"),
                kind="greeting",
                now=now,
            )
            for name in names
        ]


def rows_of(database: Database) -> dict[str, MailRow]:
    """Return all mails by the name of whom they are for."""
    with database.reading() as db:
        return {
            row.recipient.partition("@")[0]: row
            for row in OUTBOX.newest(db, most=10_000)
            if isinstance(row, MailRow)
        }


def delivery_of(
    database: Database,
    mailer: Mailer,
    clock: Callable[[], float] = time.time,
    outbox: Outbox = OUTBOX,
) -> Delivery:
    """Return what delivers the mails of *database* by *mailer*."""
    return Delivery(
        outbox=outbox,
        mailer=mailer,
        sender=SENDER,
        reading=database.reading,
        writing=database.writing,
        clock=clock,
    )


def main(url: str, port: str, later: str) -> None:
    """Deliver, over and over."""
    mailer = Smtp(host="127.0.0.1", port=int(port), security="plain")
    with open_database(url) as database:
        delivery = delivery_of(database, mailer, lambda: time.time() + int(later))
        while True:
            delivery.run()
            time.sleep(0.01)


if __name__ == "__main__":
    main(*sys.argv[1:])
