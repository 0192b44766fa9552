"""
The outbox: mails as rows, written by the transaction that causes them, sent after.

A mail is sent at least once: it is handed over first and struck off then, and whoever
is killed in between leaves it to the next. So it may be sent twice, then with the same
``Message-ID``, by which the receiver knows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ColumnElement,
    CursorResult,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, declared_attr, mapped_column

from arware.kit.database import COUNTED
from arware.kit.mail import Mail
from arware.kit.sealing import Sealer
from arware.kit.secrets import new_id

#: Seconds for which a claimed mail is one sender's. More than sending can take: some
#: fifteen steps of :data:`.smtp.PATIENCE`, and twice the longer one at the end.
LEASE = 600
#: Seconds until the next try, after the first, second... and each further one. Quick
#: at first, since a person is waiting for a link that lasts an hour.
BACK_OFF = (60, 180, 600, 1800, 3600, 10_800)
#: Seconds after which a mail is given up: RFC 5321 4.5.4.1 has four to five days, since
#: what breaks on a Friday is mended on a Monday.
GIVE_UP = 4 * 86_400

#: Why a mail failed that waited for too long before anybody could try.
TOO_OLD = "too old"

STATES = WAITING, SENT, FAILED = "waiting", "sent", "failed"

_PURPOSE = "mail"


class OutboxColumns:
    """
    The columns of a table of mails; map a class with them to have one.

    Times are UTC seconds; *number* says which of one second was first. *body* is
    sealed, and ``None`` once the mail was sent or has failed for good: it may hold a
    link that logs somebody in. *kind* is which mail it is, *last_error* a word without
    anything that a server said.
    """

    number: Mapped[int] = mapped_column(COUNTED, primary_key=True)
    id: Mapped[str] = mapped_column(String(30))
    kind: Mapped[str] = mapped_column(String(60))
    recipient: Mapped[str] = mapped_column(String(254))
    body: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    made_at: Mapped[int] = mapped_column(BigInteger)
    due_at: Mapped[int] = mapped_column(BigInteger)
    claimed_until: Mapped[int] = mapped_column(BigInteger, default=0)
    sent_at: Mapped[int | None] = mapped_column(BigInteger)
    failed_at: Mapped[int | None] = mapped_column(BigInteger)
    last_error: Mapped[str | None] = mapped_column(String(40))

    @declared_attr.directive
    def __table_args__(cls) -> tuple[Any, ...]:  # noqa: N805
        states = CheckConstraint(f"state IN {STATES}", name="state")
        return (UniqueConstraint("id"), states, Index(None, "state", "due_at"))


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail that is one sender's for a while. *tries* counts this one."""

    id: str
    recipient: str
    body: str = field(repr=False)
    made_at: int
    tries: int


class Outbox:
    """
    The mails of *table*, whose bodies *sealer* keeps.

    Each method works within a transaction of the caller's.
    """

    def __init__(self, table: type[OutboxColumns], sealer: Sealer) -> None:
        self._table = table
        self._sealer = sealer

    # --- Writing and reading

    def put(self, db: Session, mail: Mail, *, kind: str, now: int) -> str:
        """Add *mail*, to be sent once the transaction is committed; return its id."""
        id = new_id("mail")
        said = json.dumps([mail.subject, mail.text, mail.html])
        body = self._sealer.seal(said, purpose=_PURPOSE, row=_row(id, mail.to))
        made = {"kind": kind, "recipient": mail.to, "made_at": now, "due_at": now}
        db.execute(insert(self._table).values(id=id, body=body, **made))
        return id

    def open(self, row: OutboxColumns | Claim) -> Mail:
        """
        Return what a mail says: for who delivers it, and for no page or log.

        Raises :class:`~.sealing.CannotOpen`, for a body that is gone, too.
        """
        row_name = _row(row.id, row.recipient)
        said = self._sealer.open(row.body or "", purpose=_PURPOSE, row=row_name)
        subject, text, html = json.loads(said)
        return Mail(to=row.recipient, subject=subject, text=text, html=html)

    def newest(
        self, db: Session, *states: str, most: int = 100
    ) -> Sequence[OutboxColumns]:
        """Return the last *most* mails that are in one of *states*, newest first."""
        table = self._table
        found = select(table).where(table.state.in_(states or STATES))
        newest = found.order_by(table.number.desc())
        return db.scalars(newest.limit(most)).all()

    # --- Sending

    def due(self, db: Session, now: int, most: int) -> Sequence[str]:
        """Return the ids of up to *most* mails that may be claimed, oldest first."""
        table = self._table
        found = select(table.id).where(*self._is_due(now))
        return db.scalars(found.order_by(table.due_at, table.number).limit(most)).all()

    def claim(self, db: Session, id: str, now: int) -> Claim | None:
        """
        Make a mail the caller's for :data:`LEASE`; return it, or ``None`` if it is not.

        Of any number of callers one gets it, and if that is killed, another one later.
        """
        table = self._table
        claimed = (
            update(table)
            .where(table.id == id, *self._is_due(now))
            .values(claimed_until=now + LEASE, tries=table.tries + 1)
            .returning(
                table.id, table.recipient, table.body, table.made_at, table.tries
            )
            .execution_options(synchronize_session=False)
        )
        row = db.execute(claimed).first()
        if row is None:
            return None
        return Claim(row.id, row.recipient, row.body or "", row.made_at, row.tries)

    def _is_due(self, now: int) -> tuple[ColumnElement[bool], ...]:
        table = self._table
        return (
            table.state == WAITING,
            table.due_at <= now,
            table.claimed_until <= now,
            # What was written before there was a server is no news any more.
            table.made_at > now - GIVE_UP,
        )

    def sent(self, db: Session, claim: Claim, now: int) -> None:
        """Strike a mail off. It counts even if the claim has run out meanwhile."""
        waiting = self._table.id == claim.id, self._table.state == WAITING
        self._update(db, *waiting, state=SENT, body=None, sent_at=now, last_error=None)

    def failed(self, db: Session, claim: Claim, now: int, reason: str) -> None:
        """Give a mail up for good, for *reason*, a word of ours."""
        held = self._held(claim)
        values = {"failed_at": now, "last_error": reason}
        self._update(db, *held, state=FAILED, body=None, **values)

    def delayed(self, db: Session, claim: Claim, now: int, reason: str) -> bool:
        """
        Let a mail wait for its next try; return whether there will be one.

        What would be older than :data:`GIVE_UP` by then is given up.
        """
        due_at = now + BACK_OFF[min(claim.tries, len(BACK_OFF)) - 1]
        if due_at >= claim.made_at + GIVE_UP:
            self.failed(db, claim, now, reason)
            return False
        values = {"claimed_until": 0, "last_error": reason}
        self._update(db, *self._held(claim), due_at=due_at, **values)
        return True

    def _held(self, claim: Claim) -> tuple[ColumnElement[bool], ...]:
        # Each claim counts a try more, so a later one of the same mail is another.
        table = self._table
        return table.id == claim.id, table.state == WAITING, table.tries == claim.tries

    # --- Looking after them

    def retry(self, db: Session, now: int, id: str | None = None) -> int:
        """Make all that wait (or the one with *id*) due now; return how many."""
        table = self._table
        waiting = [table.state == WAITING, table.claimed_until <= now]
        if id is not None:
            waiting.append(table.id == id)
        return self._update(db, *waiting, due_at=now)

    def give_up(self, db: Session, now: int) -> None:
        """Give up what nobody could send in time."""
        table = self._table
        self._update(
            db,
            table.state == WAITING,
            table.made_at <= now - GIVE_UP,
            table.claimed_until <= now,
            state=FAILED,
            body=None,
            failed_at=now,
            last_error=func.coalesce(table.last_error, TOO_OLD),
        )

    def _update(self, db: Session, *where: ColumnElement[bool], **values: Any) -> int:
        changed = update(self._table).where(*where).values(**values)
        result = db.execute(changed.execution_options(synchronize_session=False))
        return cast("CursorResult[Any]", result).rowcount


def _row(id: str, recipient: str) -> str:
    # Who can write to the database still cannot send a body to somebody else.
    return f"{id} {recipient}"
