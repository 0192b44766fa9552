"""
Counting tries, so that guessing gets slow.

A try is counted *before* it is decided and taken back after a success: many at once
cannot all slip in before the first of them is counted. To count is to compare and set
in one statement; so the limits hold for threads, processes and machines that share the
database (RQ-T8).

What is counted, how far and what a full counter means is for the caller to decide.
The rows are those of a mapped class with :class:`ThrottleColumns`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    and_,
    bindparam,
    case,
    delete,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

#: The end of what does not end by itself; for a wait and for a memory.
FOREVER = 1 << 53

#: How many seconds later than now a try may have been counted: by a request that began
#: later, or by the clock of another machine. What is from further ahead makes nobody
#: wait: the clock was wrong, and went back.
CLOCK_SLACK = 60


class ThrottleColumns:
    """
    The columns of a table of counters.

    *key* is the counter's, and *about* what it shares with others that end together,
    an account for example. Both should be keyed digests, which tell nothing. The times
    are seconds since the epoch; *blocked_until* is 0 where no wait is.
    """

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    about: Mapped[str] = mapped_column(String(64), index=True)
    failures: Mapped[int] = mapped_column(Integer)
    failed_at: Mapped[int] = mapped_column(BigInteger)
    blocked_until: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)


#: The mapped class that has the columns.
Table = type[ThrottleColumns]


class State(NamedTuple):
    """What a row of the table says; by default, that nothing is counted."""

    failures: int = 0
    failed_at: int = 0
    blocked_until: int = 0
    expires_at: int = 0


#: What the parameters of the statement that writes are called.
_FIRST, _AFTER, _BEFORE = (
    tuple(f"{when}_{name}" for name in State._fields)
    for when in ("first", "after", "before")
)


@dataclass(frozen=True, slots=True)
class Limit:
    """
    How long tries make wait, as data.

    *waits* are pairs: from so many tries on, each costs so many seconds
    (:data:`FOREVER` for no end). They are forgotten *memory* seconds after the last
    one, or, with *window*, after the first one, and the wait with them.
    """

    waits: tuple[tuple[int, int], ...]
    memory: int
    window: bool = False

    def cost(self, number: int) -> int:
        """Return for how many seconds nothing is taken after the try with *number*."""
        return max((cost for least, cost in self.waits if number >= least), default=0)

    def wait(self, state: State, now: int) -> int:
        """Return for how many seconds nothing is taken yet, 0 for none."""
        if _is_ahead(state, now) and state.blocked_until != FOREVER:
            return 0
        return max(0, min(state.blocked_until, state.expires_at) - now)

    def after(self, state: State, now: int) -> State:
        """Return *state* after one more try."""
        is_new = state.expires_at <= now
        number = 1 if is_new else state.failures + 1
        cost = self.cost(number)
        end = _later(now, self.memory)
        if self.window and not is_new and not _is_ahead(state, now):
            end = state.expires_at
        # Not *now* for no wait: a request that began a second ago is not too early.
        return State(number, now, _later(now, cost) if cost else 0, end)


def doubling(free: int, longest: int) -> tuple[tuple[int, int], ...]:
    """Return the waits 1, 2, 4 ... *longest* seconds, from the try number *free* on."""
    costs = [1 << step for step in range(longest.bit_length()) if 1 << step < longest]
    return tuple((free + step, cost) for step, cost in enumerate([*costs, longest]))


def per_hour(most: int, gap: int = 0) -> Limit:
    """Return the limit of *most* tries an hour, with *gap* seconds between two."""
    return Limit(((1, gap), (most, 3600)), 3600, window=True)


class Success(Enum):
    """What a success does to a counter."""

    #: All tries are forgotten.
    FORGET = "forget"
    #: This try is taken back, earlier ones stay: they may have been for other accounts.
    GIVE_BACK = "give back"
    #: All tries are forgotten, but not that there was a success: the row stays.
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Counter:
    """
    One row of the table: its limit, its key, and what it is about.

    *label* is what it is called for who looks after it.
    """

    limit: Limit
    key: str
    about: str
    success: Success = Success.FORGET
    label: str = ""


def look(
    db: Session, table: Table, counters: Iterable[Counter]
) -> dict[Counter, State]:
    """Return what is counted so far; writes and locks nothing."""
    counters = tuple(counters)
    keys = [counter.key for counter in counters]
    found = _execute(db, table, "look", keys=keys)
    rows = {key: State(*values) for key, *values in found}
    return {counter: rows.get(counter.key, State()) for counter in counters}


def take(
    db: Session,
    table: Table,
    states: Mapping[Counter, State],
    now: int,
    *,
    idle: Collection[Counter] = (),
) -> dict[Counter, int]:
    """
    Count a try at all counters of *states*; return the number that it has at each.

    *states* are what :func:`look` returned before; who has counted since is seen. The
    number is 0 where a wait is: nothing was counted there. Counters that are *idle*
    count nothing either, but cost the same work. Needs a transaction that writes,
    which is to be rolled back if the try is refused altogether.
    """
    numbers = {}
    for counter in _in_order(states):
        state = states[counter]
        if counter in idle:
            _compare_and_set(db, table, counter, state, state, State())
            numbers[counter] = 0
        else:
            numbers[counter] = _take_one(db, table, counter, state, now)
    return numbers


class Full(Exception):
    """Nothing is tried: *counter*, which may say so, takes none for some *seconds*."""

    def __init__(self, counter: Counter, seconds: int) -> None:
        super().__init__(seconds)
        self.counter = counter
        self.seconds = seconds


def attempt(
    writing: Callable[[], AbstractContextManager[Session]],
    table: Table,
    states: Mapping[Counter, State],
    told: Collection[Counter],
    now: int,
    swept: int,
) -> tuple[dict[Counter, int], Counter | None]:
    """
    Count a try at all counters of *states*, in a transaction of its own.

    Where one of those waits that are *told*, :class:`Full` is raised, and nothing is
    counted. Where one of the others does, it is returned beside the numbers: the work
    was the same, but the try was counted at none of those others. Up to *swept* rows
    that are forgotten are removed.
    """
    _check(states, told, now)
    silent = [counter for counter in states if counter not in told]
    full = next((one for one in silent if one.limit.wait(states[one], now)), None)
    with writing() as db:
        idle = () if full is None else silent
        numbers = take(db, table, states, now, idle=idle)
        if not all(numbers[counter] for counter in told):
            # Others were faster. What was counted meanwhile is rolled back.
            _check(look(db, table, told), told, now)
        late = [counter for counter in silent if not numbers[counter]]
        if full is None and late:
            full = late[0]
            give_back(db, table, {counter: numbers[counter] for counter in silent})
            numbers |= dict.fromkeys(silent, 0)
        sweep(db, table, now, swept)
    return numbers, full


def _check(
    states: Mapping[Counter, State], told: Collection[Counter], now: int
) -> None:
    waits = [(counter.limit.wait(states[counter], now), counter) for counter in told]
    seconds, longest = max(waits, key=lambda one: one[0], default=(0, None))
    if longest is not None and seconds:
        raise Full(longest, seconds)


def give_back(db: Session, table: Table, numbers: Mapping[Counter, int]) -> None:
    """
    Take back a try that was not decided, and no other one.

    *numbers* are those that :func:`take` returned. The wait that it began ends, unless
    somebody has taken another try since.
    """
    for counter in _in_order(numbers):
        if numbers[counter]:
            _give_back(db, table, counter, numbers[counter])


def forgive(
    db: Session, table: Table, numbers: Mapping[Counter, int], now: int
) -> None:
    """
    Note that a try was a success.

    *numbers* are those that :func:`take` returned; counters that are to be marked may
    be added, with 0.
    """
    for counter in _in_order(numbers):
        if counter.success is Success.GIVE_BACK:
            _give_back(db, table, counter, numbers[counter])
            continue
        _delete(db, table, [counter.key])
        if counter.success is Success.MARK:
            kept = State(0, now, 0, _later(now, counter.limit.memory))
            _compare_and_set(db, table, counter, State(), kept, kept)


def forgive_about(db: Session, table: Table, about: Collection[str]) -> None:
    """Forget all tries of the counters that are about one of *about*."""
    asked = select(table.key).where(table.about.in_(about)).order_by(table.key)
    # Locked one by one, in the order in which all do: nobody deadlocks.
    _delete(db, table, db.scalars(asked.with_for_update()).all())


def block(db: Session, table: Table, counter: Counter, now: int, until: int) -> None:
    """Let nothing be tried at *counter* before *until*, whatever is counted there."""
    first, written = State(0, now, until, until), None
    while written is None:
        state = look(db, table, [counter])[counter]
        kept = state if state.expires_at > now else State()
        after = State(
            kept.failures,
            now,
            max(kept.blocked_until, until),
            max(kept.expires_at, until),
        )
        written = _compare_and_set(db, table, counter, state, after, first)


def reopen(db: Session, table: Table, about: str, failures: int) -> None:
    """Let full counters about *about* take tries, as after so many *failures*."""
    change = update(table).where(table.about == about, table.blocked_until == FOREVER)
    change = change.values(failures=failures, blocked_until=0)
    db.execute(change.execution_options(synchronize_session=False))


def is_blocked(db: Session, table: Table, about: Collection[str], now: int) -> bool:
    """Tell whether a counter that is about one of *about* lets nobody try."""
    waits = table.blocked_until > now, table.expires_at > now
    asked = select(table.key).where(table.about.in_(about), *waits)
    return db.execute(asked.limit(1)).first() is not None


def sweep(db: Session, table: Table, now: int, most: int) -> int:
    """
    Remove at most *most* rows that are forgotten; return how many there were.

    It waits for nobody: rows that are in use just now stay.
    """
    return int(_execute(db, table, "sweep", now=now, most=most).rowcount)


def _take_one(
    db: Session, table: Table, counter: Counter, state: State, now: int
) -> int:
    first = counter.limit.after(State(), now)
    while not counter.limit.wait(state, now):
        after = counter.limit.after(state, now)
        number = _compare_and_set(db, table, counter, state, after, first)
        if number is not None:
            return number
        # Somebody was faster, and is done: the row is locked, by us.
        state = look(db, table, [counter])[counter]
    return 0


def _give_back(db: Session, table: Table, counter: Counter, number: int) -> None:
    _execute(db, table, "give back", counter=counter.key, number=number)


def _compare_and_set(
    db: Session,
    table: Any,
    counter: Counter,
    before: State,
    after: State,
    first: State,
) -> int | None:
    """
    Write *after* if the row still says what *before* does, *first* if there is none.

    Returns the number of failures that were written, ``None`` if none was.
    """
    values: dict[str, Any] = {"key": counter.key, "about": counter.about}
    for names, state in ((_FIRST, first), (_AFTER, after), (_BEFORE, before)):
        values.update(zip(names, state, strict=True))
    statement = _comparing_and_setting(table, db.get_bind().dialect.name)
    number: int | None = db.scalar(statement, values)
    return number


@cache
def _comparing_and_setting(table: Any, dialect: str) -> Any:
    """
    Return the statement that does so.

    PostgreSQL locks the row also where the comparison fails, and all rows are set in
    the order of their keys: nobody deadlocks, and nobody fails twice.
    """
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[dialect]
    columns = table.__table__.c
    names = State._fields
    first: Any = dict(zip(names, map(bindparam, _FIRST), strict=True))
    new = insert(table.__table__).values(
        key=bindparam("key"), about=bindparam("about"), **first
    )
    return new.on_conflict_do_update(
        index_elements=["key"],
        set_=dict(zip(names, map(bindparam, _AFTER), strict=True)),
        where=and_(*(columns[name] == bindparam(f"before_{name}") for name in names)),
    ).returning(columns.failures)


def _delete(db: Session, table: Table, keys: Sequence[str]) -> None:
    _execute(db, table, "delete", keys=keys)


def _execute(db: Session, table: Any, which: str, **values: object) -> Any:
    return db.execute(_statements(table)[which], values)


@cache
def _statements(table: Any) -> dict[str, Any]:
    """Return what every try asks, made once: to make it takes longer than to ask it."""
    rows = table.__table__
    columns = rows.c
    states = (columns[name] for name in State._fields)
    known = columns.key.in_(bindparam("keys", expanding=True))
    old = select(columns.key).where(columns.expires_at <= bindparam("now"))
    swept = old.limit(bindparam("most")).with_for_update(skip_locked=True)
    counted = (columns.key == bindparam("counter")) & (columns.failures > 0)
    is_last = columns.failures == bindparam("number")
    return {
        "look": select(columns.key, *states).where(known),
        "delete": delete(rows).where(known),
        "sweep": delete(rows).where(columns.key.in_(swept)),
        "give back": update(rows)
        .where(counted)
        .values(
            failures=columns.failures - 1,
            blocked_until=case((is_last, 0), else_=columns.blocked_until),
        ),
    }


def _in_order(counters: Iterable[Counter]) -> list[Counter]:
    """Return the counters in the one order in which all lock them."""
    return sorted(counters, key=lambda counter: counter.key)


def _is_ahead(state: State, now: int) -> bool:
    return state.failed_at > now + CLOCK_SLACK


def _later(now: int, seconds: int) -> int:
    return FOREVER if seconds == FOREVER else now + seconds
