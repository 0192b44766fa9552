"""
Importing users: each row of a file or a table becomes one.

They keep their passwords: hashes of other libraries are compared as those do it, and
replaced at the next login, see :mod:`arware.kit.foreign_hashes`. Nobody is told by
mail.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit import cells
from arware.kit.foreign_hashes import kind_of
from arware.kit.names import split_name
from arware.kit.operator import NotDone
from arware.kit.passwords import LONGEST_HASH
from arware.kit.secrets import new_id
from arware.kit.time_zones import time_zone_called

from ... import seeding
from ...caller import Caller
from ...events import UserImported
from ...models import User

if TYPE_CHECKING:
    from ...realm import Realm

T = TypeVar("T")

log = logging.getLogger("arware.local")

#: How many rows are written in one transaction; between two, others get their turn.
AT_ONCE = 500
#: How often a piece is written anew because somebody signed up meanwhile.
RACES = 3
#: What somebody is found by who is there already: the first of these that a row has.
FOUND_BY = "reference", "email", "username"

#: Of passwords, beside the kinds of hashes: there is none, or it cannot be compared.
NO_HASH, UNKNOWN_HASH = "none", "unknown"


@dataclass(frozen=True, slots=True)
class Row:
    """
    What is known of somebody, under the names of :data:`.FIELDS`, and its *place*.

    What could not be read has a *problem*.
    """

    place: Any
    values: Mapping[str, Any]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What came, or would come, of a row.

    It *is_new*, or *user_id* was there already, or there is a *problem*. *hash_kind* is
    what the password was hashed with.
    """

    row: Row
    user_id: str = ""
    is_new: bool = False
    hash_kind: str = NO_HASH
    problem: NotDone | None = None


def take_over(
    realm: Realm,
    rows: Iterable[Row],
    caller: Caller,
    *,
    verified: bool = False,
    apply: bool = True,
) -> Iterator[Outcome]:
    """
    Make a user of each of *rows*, and yield what came of them once that is committed.

    It goes on piece by piece, so it may be broken off, and called again with the same
    rows: who is there already is left alone. A row is somebody's who has its
    ``reference``; without one, its address or user name. A hash that nobody here can
    compare is left out: that person asks for a new password. *verified* says that all
    addresses were proved. Without *apply* nothing is written, and the outcome is the
    same. Some 100 bytes a row stay in memory, by which those that come twice are found.
    """
    seen: set[int] = set()
    rows = iter(rows)
    while piece := list(islice(rows, AT_ONCE)):
        read = [_read(row, caller, verified=verified) for row in piece]
        yield from _piece(realm, caller, read, seen, apply=apply)


@dataclass(frozen=True, slots=True)
class _Read:
    user: User | None
    outcome: Outcome

    @property
    def keys(self) -> set[int]:
        told = {name: getattr(self.user, name, None) for name in FOUND_BY}
        return {hash(one) for one in told.items() if one[1] is not None}


def _piece(
    realm: Realm, caller: Caller, read: list[_Read], seen: set[int], *, apply: bool
) -> list[Outcome]:
    for race in range(RACES):
        keys: set[int] = set()
        try:
            with realm.writing(caller) if apply else realm.reading() as db:
                known = _known(db, [one.user for one in read if one.user])
                settled = []
                for one in read:
                    is_twice = bool(one.keys & seen or one.keys & keys)
                    settled.append(_settle(one, known, is_twice=is_twice))
                    keys |= one.keys if settled[-1].problem is None else set()
                if apply:
                    _write(realm, db, caller, read, settled)
        except IntegrityError:
            if race == RACES - 1:
                raise
            continue
        seen |= keys
        break
    return settled


def _write(
    realm: Realm, db: Session, caller: Caller, read: list[_Read], settled: list[Outcome]
) -> None:
    new = [one.user for one, at in zip(read, settled, strict=True) if at.is_new]
    added = [user for user in new if user is not None]
    db.add_all(added)
    db.flush()
    for user in added:
        realm.record(db, UserImported(user_id=user.id), caller)
    log.info("users imported count=%s", len(added))


#: There already: users by their values, for each of :data:`FOUND_BY`.
_Known = Mapping[str, Mapping[str, User]]


def _known(db: Session, users: list[User]) -> _Known:
    """Return which of *users* there are already, by address, name and reference."""

    def found(name: str) -> dict[str, User]:
        column = getattr(User, name)
        wanted = {getattr(user, name) for user in users} - {None}
        # Most lists have no more than two of the three.
        asked = select(User).where(column.in_(wanted))
        there = db.scalars(asked) if wanted else ()
        return {getattr(user, name): user for user in there}

    return {name: found(name) for name in FOUND_BY}


def _settle(one: _Read, known: _Known, *, is_twice: bool) -> Outcome:
    user, outcome = one.user, one.outcome
    if user is None:
        return outcome
    if is_twice:
        return _refused(outcome, "this person comes twice", "twice")
    for field in FOUND_BY:
        value = getattr(user, field)
        same = known[field].get(value)
        if same is None:
            continue
        # Nobody gets another's row: not who signed up, nor who has another reference.
        if field != "reference" and user.reference is not None:
            said = f"{field}: somebody else has {value} here"
            return _refused(outcome, said, f"{field}_taken")
        return replace(outcome, user_id=same.id)
    return replace(outcome, user_id=user.id, is_new=True)


def _refused(outcome: Outcome, text: str, reason: str) -> Outcome:
    return replace(outcome, problem=NotDone(text, reason))


# What a row says.


def _read(row: Row, caller: Caller, *, verified: bool) -> _Read:
    given = row.values
    try:
        if row.problem:
            raise NotDone(row.problem, "unreadable")
        first_name, last_name = _names(given)
        user = seeding.read_user(
            seeding.NewUser(
                email=cells.text(given, "email"),
                username=cells.text(given, "username"),
                first_name=first_name,
                last_name=last_name,
                locale=cells.text(given, "locale"),
                reference=cells.text(given, "reference"),
                custom=_custom(given),
                email_verified=verified or cells.flag(given, "email_verified"),
                password=None,
                orgs={},
            )
        )
        user.state = _state(given)
        created_at = cells.moment(given, "created_at")
    except NotDone as problem:
        return _Read(None, Outcome(row, problem=problem))
    user.id = new_id("usr")
    user.created_at = caller.now if created_at is None else created_at
    user.credential_version = 0
    kind, user.password_hash = _hash(given.get("password_hash"))
    return _Read(user, Outcome(row, hash_kind=kind))


def _hash(stored: Any) -> tuple[str, str | None]:
    """Return the kind of a hash, and the hash if it can be compared here."""
    text = stored.decode("ascii", "replace") if isinstance(stored, bytes) else stored
    # Django writes a mark of its own for who has no password.
    if text is None or text == "" or (isinstance(text, str) and text.startswith("!")):
        return NO_HASH, None
    if not isinstance(text, str) or len(text) > LONGEST_HASH:
        return UNKNOWN_HASH, None
    kind = kind_of(text)
    return (UNKNOWN_HASH, None) if kind is None else (kind, text)


def _names(given: Mapping[str, Any]) -> tuple[str, str]:
    """Return given and family name; other systems keep them in one (AK-F23)."""
    names = cells.text(given, "first_name") or "", cells.text(given, "last_name") or ""
    return names if any(names) else split_name(cells.text(given, "name") or "")


def _custom(given: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the custom attributes, of which one is the time zone (AK-M03)."""
    custom, named = cells.json_object(given, "custom"), cells.text(given, "time_zone")
    if named is None:
        return custom
    zone = time_zone_called(named)
    if zone is None:
        raise NotDone("time_zone: write a name like Europe/Paris", "invalid")
    return {**(custom or {}), "time_zone": zone}


def _state(given: Mapping[str, Any]) -> str:
    state = cells.text(given, "state") or "active"
    if state not in ("active", "inactive"):
        raise NotDone("state: write active or inactive", "invalid")
    return state
