"""
Slowing down who guesses.

Each failure is counted under several keys: the client with the account, the account,
the client. It is counted *before* the password is looked at and taken back after a
success, so that many guesses at once cannot all slip in before the first is counted.
Accounts that do not exist are counted like those that do. Nothing locks for ever.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Integer, String, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

DAY = 86_400

#: For how many seconds later than now something may have happened, in a request that
#: began later or by the clock of another machine.
CLOCK_SLACK = 60

#: NIST SP 800-63B-4 3.2.2: no more than 100 failures in a row.
MOST_FAILURES = 100


class ThrottleColumns:
    """How often something failed of late. *key* is a digest, so it tells nothing."""

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    failed_at: Mapped[int] = mapped_column(BigInteger)
    blocked_until: Mapped[int] = mapped_column(BigInteger)


#: The mapped class that has the columns.
Table = type[ThrottleColumns]


@dataclass(frozen=True, slots=True)
class Limit:
    """*free* failures cost nothing; then each costs 1, 2, 4 ... *longest* seconds."""

    purpose: str
    free: int
    longest: int
    memory: int = DAY
    most: int | None = None
    forgives: bool = True
    #: Whether it counts what one client did, which the client may be told.
    of_client: bool = False

    def delay(self, failures: int) -> int:
        """Return for how many seconds to refuse after so many *failures*."""
        if self.most is not None and failures >= self.most:
            return self.memory
        if failures < self.free:
            return 0
        return int(min(self.longest, 2 ** min(failures - self.free, 30)))


#: One client at one account.
PAIR = Limit("pair", free=5, longest=900, of_client=True)
#: One account, from wherever. More patient, so that a stranger cannot lock one out.
ACCOUNT = Limit("account", free=20, longest=900, most=MOST_FAILURES)
#: One client, at whatever accounts. Many people may share an address.
CLIENT = Limit(
    "client", free=50, longest=300, memory=3600, forgives=False, of_client=True
)
#: One client that signs up.
SIGNUPS = Limit("signups", free=20, longest=900, memory=3600)


@dataclass(frozen=True, slots=True)
class Counted:
    """A key under which one limit counts. *key* is a keyed digest."""

    limit: Limit
    key: str


def take(database: Session, table: Table, counted: Iterable[Counted], now: int) -> int:
    """
    Count an attempt, or return for how many seconds it is refused.

    Needs a writing transaction.
    """
    rows = []
    for item in _in_order(counted):
        row = _lock(database, table, item.key)
        if row.failed_at > now + CLOCK_SLACK:
            # The clock was ahead and went back: the wait counts from today's now.
            row.failed_at = now
            row.blocked_until = now + item.limit.delay(row.failures)
        rows.append((item.limit, row))
    wait = max((row.blocked_until - now for _, row in rows), default=0)
    if wait > 0:
        return wait
    for limit, row in rows:
        forgotten = row.failed_at + limit.memory <= now
        row.failures = 1 if forgotten else row.failures + 1
        row.failed_at = now
        delay = limit.delay(row.failures)
        # Not *now* for no delay: a request that began a second ago is not too early.
        row.blocked_until = now + delay if delay else 0
    return 0


def own_wait(
    database: Session, table: Table, counted: Iterable[Counted], now: int
) -> int:
    """
    Return for how many seconds the client's own tries keep it waiting, 0 for none.

    What others did at an account is not in it: nobody is told of their tries, nor
    that the account's owner has logged in from here before.
    """
    own = [item.key for item in counted if item.limit.of_client]
    asked = select(func.max(table.blocked_until)).where(table.key.in_(own))
    return max(0, (database.scalar(asked) or 0) - now)


def forgive(database: Session, table: Table, counted: Iterable[Counted]) -> None:
    """
    Note that the attempt was a success.

    Earlier failures are forgotten, but not those that a client may have had with
    other accounts: else who owns one account could guess at all the others.
    """
    for item in _in_order(counted):
        if item.limit.forgives:
            database.execute(delete(table).where(table.key == item.key))
        else:
            give_back(database, table, [item])


def give_back(database: Session, table: Table, counted: Iterable[Counted]) -> None:
    """Take back the one attempt, and no earlier failure."""
    for item in _in_order(counted):
        database.execute(
            update(table)
            .where(table.key == item.key, table.failures > 0)
            .values(failures=table.failures - 1, blocked_until=0)
        )


def sweep(database: Session, table: Table, now: int) -> None:
    """Remove what is forgotten anyway, but wait for nobody."""
    old = select(table.key).where(table.failed_at <= now - DAY)
    old = old.with_for_update(skip_locked=True)
    database.execute(delete(table).where(table.key.in_(old)))


def _in_order(counted: Iterable[Counted]) -> list[Counted]:
    """Return the keys in the one order in which all lock them: nobody deadlocks."""
    return sorted(counted, key=lambda item: item.key)


def _ensure(database: Session, table: Table, key: str) -> None:
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[
        database.get_bind().dialect.name
    ]
    row = {"key": key, "failures": 0, "failed_at": 0, "blocked_until": 0}
    database.execute(insert(table).values(row).on_conflict_do_nothing())


def _lock(database: Session, table: Table, key: str) -> ThrottleColumns:
    """Return the row of *key*, made if need be, and ours until the end."""
    row = None
    while row is None:
        # Between the two, a success elsewhere may have removed it.
        _ensure(database, table, key)
        row = database.get(table, key, with_for_update=True)
    return row
