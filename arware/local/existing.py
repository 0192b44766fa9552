"""
People whom the application knew before: their rows, and who they are in the realm.

The application's own table stays as it is and where it is. :func:`take_over` makes a
user of the realm of each row, with the password that it has; :class:`HasLogin` is for
the model, so that a row is found by who is logged in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, MetaData, Select, String, Table, select, update
from sqlalchemy.exc import NoSuchTableError
from sqlalchemy.orm import Mapped, Session, mapped_column

from arware.kit.foreign_hashes import check_of, native
from arware.kit.secrets import new_id
from arware.kit.web.refusals import Refused

from . import people
from .models import User
from .texts import EMAIL_TAKEN

if TYPE_CHECKING:
    from .caller import Caller
    from .current import CurrentUser
    from .realm import Realm

T = TypeVar("T", bound="HasLogin")

log = logging.getLogger("arware.local")

#: The columns that can be named, and how they are called where they are not.
COLUMNS = {
    "id": "id",
    "email": "email",
    "password": "password_hash",
    "first_name": "first_name",
    "last_name": "last_name",
}
_NEEDED = "id", "email"


class HasLogin:
    """
    A mixin for the application's model of users: which user of the realm a row is.

    It adds one column that may be empty, so that the migration only adds::

        class Person(HasLogin, Base): ...

        person = db.scalars(Person.logged_in(request.current_user)).one_or_none()
    """

    realm_user_id: Mapped[str | None] = mapped_column(String(26), unique=True)

    @classmethod
    def logged_in(cls: type[T], user: CurrentUser) -> Select[T]:
        """Return the query of the row of *user*."""
        return select(cls).where(cls.realm_user_id == user.id)


@dataclass(slots=True)
class TakenOver:
    """How many rows became users, how many had been, and why others could not."""

    added: int = 0
    known: int = 0
    refused: list[str] = field(default_factory=list)


def rows_of(
    connection: Connection, table: str, columns: Mapping[str, str]
) -> tuple[Table, list[dict[str, Any]]]:
    """
    Return the *table* of an application, and its rows under our names for *columns*.

    Raises :class:`ValueError` for a table or a column that is not there.
    """
    try:
        found = Table(table, MetaData(), autoload_with=connection)
    except NoSuchTableError:
        raise ValueError(f"there is no table {table}") from None
    named = {**COLUMNS, **columns}
    for name in dict.fromkeys([*_NEEDED, *columns]):
        if named[name] not in found.c:
            there = ", ".join(found.c.keys())
            raise ValueError(f"{table} has no column {named[name]}: {there}")
    chosen = [found.c[there].label(n) for n, there in named.items() if there in found.c]
    rows = connection.execute(select(*chosen).order_by(found.c[named["id"]]))
    return found, [dict(row) for row in rows.mappings()]


def take_over(
    realm: Realm, rows: Iterable[Mapping[str, Any]], caller: Caller, *, verified: bool
) -> tuple[TakenOver, dict[Any, str]]:
    """
    Make a user of the realm of each of *rows*, which are those of :func:`rows_of`.

    Returns what came of it, and the users' ids by the rows'. The row's own id becomes
    the user's ``reference``, so that a second time nothing happens. A hash that nobody
    here can compare is left out: that person asks for a new password. *verified* says
    that the addresses were proved. Nobody is told by mail, and no hash is shown.
    """
    done, ids = TakenOver(), {}
    with realm.writing(caller) as db:
        for row in rows:
            try:
                ids[row["id"]] = _user(db, row, caller, done, verified).id
            except Refused as refused:
                done.refused.append(f"{row['id']}: {refused.reason.word}")
    log.info("users taken over added=%s known=%s", done.added, done.known)
    return done, ids


def _user(
    db: Session,
    row: Mapping[str, Any],
    caller: Caller,
    done: TakenOver,
    verified: bool,
) -> User:
    email, reference = people.read_email(str(row["email"] or "")), str(row["id"])
    known = people.by_email(db, email)
    if known is not None:
        # Somebody else's row, or somebody who signed up: nobody gets another's row.
        if known.reference != reference:
            raise Refused(EMAIL_TAKEN)
        done.known += 1
        return known
    user = User(
        id=new_id("usr"),
        email=email,
        email_verified=verified,
        first_name=people.read_name(str(row.get("first_name") or ""), "name") or None,
        last_name=people.read_name(str(row.get("last_name") or ""), "name") or None,
        reference=reference,
        password_hash=_usable(row.get("password")),
        credential_version=0,
        created_at=caller.now,
    )
    db.add(user)
    db.flush()
    done.added += 1
    return user


def _usable(stored: Any) -> str | None:
    """Return a hash if it can be compared here, ``None`` if not."""
    text = stored.decode("ascii", "replace") if isinstance(stored, bytes) else stored
    if not isinstance(text, str) or len(text) > 255:
        return None
    ours = native(text).startswith("$argon2")
    return text if ours or check_of(text) is not None else None


def link(connection: Connection, table: Table, column: str, ids: Any) -> int:
    """
    Write into *table* who its rows are: into ``realm_user_id``, where it has that.

    *column* is its own id, *ids* are those of :func:`take_over`. Returns how many rows
    were written.
    """
    if "realm_user_id" not in table.c:
        return 0
    written = 0
    for row_id, user_id in ids.items():
        change = update(table).where(
            table.c[column] == row_id, table.c.realm_user_id.is_(None)
        )
        result = connection.execute(change.values(realm_user_id=user_id))
        written += result.rowcount
    return written
