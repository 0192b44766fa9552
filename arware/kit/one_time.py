"""
One-time tokens: what a link in a message carries, good once and for one purpose.

A token is ``kind:selector.secret``. The selector finds its row; of the whole only a
keyed digest is stored, so that neither who reads the database nor who writes to it can
make one (ASVS 5.0 6.5.2, 7.2.3; RQ-K1, K2). It is used up by one conditional UPDATE
(RQ-K4; T75): of any number of uses at once, exactly one is told that it was the one.

The functions take the mapped class, so that the table is the application's own; and
*digests*, which returns the digests of a text, the newest secret's first.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnElement,
    Integer,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from arware.kit.forgetting import delete_some

Digests = Callable[[str], Iterable[str]]

#: 16 characters find the row, 43 (256 bits) prove who was sent it.
SELECTOR_BYTES, SECRET_BYTES = 12, 32

_TOKEN = re.compile(r"([a-z]{2,8}):([\w-]{16})\.[\w-]{43}", re.ASCII)


class OneTimeTokenColumns:
    """
    The columns of the table: mix them into a mapped class.

    *address* is where the token was sent; *own* says that it was its user's own address
    of that time. *version* is the version of the user's credentials at that time. Times
    are seconds since the epoch. *data* is whatever its kind has to remember.
    """

    selector: Mapped[str] = mapped_column(String(16), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    user_id: Mapped[str | None] = mapped_column(String(26), index=True)
    address: Mapped[str] = mapped_column(String(254), default="")
    own: Mapped[bool] = mapped_column(Boolean, default=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    expires_at: Mapped[int] = mapped_column(BigInteger, index=True)
    used_at: Mapped[int | None] = mapped_column(BigInteger)
    data: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


T = TypeVar("T", bound=OneTimeTokenColumns)


def make(
    db: Session,
    table: type[T],
    digests: Digests,
    *,
    kind: str,
    expires_at: int,
    **values: Any,
) -> str:
    """Add a row with *values* and return its token, which nobody can look up again."""
    selector = secrets.token_urlsafe(SELECTOR_BYTES)
    text = f"{kind}:{selector}.{secrets.token_urlsafe(SECRET_BYTES)}"
    digest = next(iter(digests(text)))
    row = {"selector": selector, "digest": digest, "kind": kind}
    db.execute(insert(table).values(**row, expires_at=expires_at, **values))
    return text


def look(
    db: Session,
    table: type[T],
    digests: Digests,
    kind: str,
    text: str,
    now: int,
) -> T | None:
    """Return the row of a token that can still be used, and leave it as it is."""
    good = _good(table, digests, kind, text, now)
    return db.scalars(select(table).where(*good)).first() if good else None


def consume(
    db: Session,
    table: type[T],
    digests: Digests,
    kind: str,
    text: str,
    now: int,
    *conditions: ColumnElement[bool],
) -> T | None:
    """
    Use a token up and return its row; ``None`` if it cannot be used.

    *conditions* are further ones that the row must meet in the same statement. Whoever
    comes at the same time waits for this transaction, and finds the token used if it is
    committed.
    """
    good = _good(table, digests, kind, text, now)
    if not good:
        return None
    used = update(table).where(*good, *conditions).values(used_at=now).returning(table)
    return db.scalars(used).first()


def void(db: Session, table: type[T], kind: str, user_id: str, now: int) -> None:
    """Use up all tokens of *kind* that a user has (RQ-K7)."""
    mine = (table.user_id == user_id, table.kind == kind, table.used_at.is_(None))
    db.execute(update(table).where(*mine).values(used_at=now))


def sweep(db: Session, table: type[T], now: int, most: int) -> int:
    """Remove expired rows, *most* at most, waiting for none; return how many."""
    return delete_some(db, table.selector, table.expires_at <= now, most)


def _good(
    table: type[T], digests: Digests, kind: str, text: str, now: int
) -> tuple[ColumnElement[bool], ...]:
    """Return what a usable token's row meets; nothing if *text* cannot be one."""
    parts = _TOKEN.fullmatch(text)
    if parts is None or parts[1] != kind:
        return ()
    return (
        table.selector == parts[2],
        table.kind == kind,
        table.digest.in_(list(digests(text))),
        table.used_at.is_(None),
        table.expires_at > now,
    )
