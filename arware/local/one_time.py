"""
One-time tokens of users: what a link in a message carries.

A token is bound to its user, its purpose, the address that it was sent to and the
user's proofs of that time: a change of address, password or factor voids it (RQ-K3).
While nobody has proved the user's own address, a change of proofs voids no token that
was sent there: a stranger may have signed up with it, and must not keep its owner out.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import update
from sqlalchemy.orm import Session

from arware.kit import one_time
from arware.kit.web.refusals import Refused

from . import locking
from .models import OneTimeToken, User
from .texts import TOKEN_INVALID

if TYPE_CHECKING:
    from .realm import Realm

R = TypeVar("R", bound=one_time.OneTimeTokenColumns)


def make(
    realm: Realm,
    db: Session,
    kind: str,
    user: User,
    now: int,
    address: str | None = None,
    data: dict[str, Any] | None = None,
) -> str:
    """
    Return a new token for *user*, and void the older ones of its kind (RQ-K7).

    It is good for as long as its kind says, while the user's address stays what it is,
    or for *address*, a new one that is to be proved. Somebody who has no address gets
    it otherwise, and it is good while there is none. *data* is what its row remembers
    for its kind.
    """
    one_time.void(db, OneTimeToken, kind, user.id, now)
    return _add(
        realm,
        db,
        kind,
        now,
        user_id=user.id,
        address=user.email or "" if address is None else address,
        own=address is None,
        version=user.credential_version,
        data=data,
    )


def make_for_address(
    realm: Realm, db: Session, kind: str, address: str, now: int, **data: str
) -> str:
    """
    Return a new token for whoever gets mail at *address*, who may have no account.

    The older ones of its kind for the address are void (RQ-K7). *data* stays with it.
    """
    mine = OneTimeToken.kind == kind, OneTimeToken.address == address
    older = update(OneTimeToken).where(*mine, OneTimeToken.used_at.is_(None))
    db.execute(older.values(used_at=now))
    return _add(realm, db, kind, now, address=address, own=False, data=data)


def minutes(realm: Realm, kind: str) -> int:
    """Return for how long tokens of *kind* are good."""
    return realm.joined.token_kinds[kind](realm.settings)


def _add(realm: Realm, db: Session, kind: str, now: int, **values: object) -> str:
    end = now + 60 * minutes(realm, kind)
    return one_time.make(
        db, OneTimeToken, digests(realm), kind=kind, expires_at=end, **values
    )


def row_of(table: type[R], realm: Realm, kind: str, token: str, now: int) -> R:
    """
    Return the row of a *token* that is no user's, and leave it unused.

    Raises :class:`~.texts.Refused` if it is over.
    """
    with realm.reading() as db:
        row = one_time.look(db, table, digests(realm), kind, token, now)
    if row is None:
        raise _invalid()
    return row


def use_row(
    table: type[R], realm: Realm, db: Session, kind: str, token: str, now: int
) -> R:
    """Use up a *token* that is no user's; return its row. Raises ``Refused``."""
    row = one_time.consume(db, table, digests(realm), kind, token, now)
    if row is None:
        raise _invalid()
    return row


def look(realm: Realm, kind: str, token: str, now: int) -> OneTimeToken:
    """
    Return the row of a *token* that can be used, and leave it unused.

    Ask before work is done for a link that may be bogus. Raises
    :class:`~.texts.Refused`.
    """
    found = find(realm, kind, token, now)
    if found is None:
        raise _invalid()
    return found[1]


def holder(realm: Realm, kind: str, token: str, now: int) -> User:
    """Return the user of a *token*, and leave it unused. Raises ``Refused``."""
    found = find(realm, kind, token, now)
    if found is None:
        raise _invalid()
    return found[0]


def find(
    realm: Realm, kind: str, token: str, now: int
) -> tuple[User, OneTimeToken] | None:
    """
    Return the user of a *token* and its row, ``None`` if it is over. It stays unused.

    A text that only looks like a token costs the same work.
    """
    with realm.reading() as db:
        row = one_time.look(db, OneTimeToken, digests(realm), kind, token, now)
        user = _user(db, row)
        return None if row is None or user is None else (user, row)


def consume(realm: Realm, db: Session, kind: str, token: str, now: int) -> User:
    """
    Use *token* up, in this transaction; return whose it is.

    Of any number at once one gets the user. Raises :class:`~.texts.Refused`.
    """
    return consume_row(realm, db, kind, token, now)[0]


def consume_row(
    realm: Realm, db: Session, kind: str, token: str, now: int
) -> tuple[User, OneTimeToken]:
    """Do what :func:`consume` does; return the row, too, which knows the address."""
    which = db, OneTimeToken, digests(realm), kind, token, now
    found = one_time.look(*which)
    # Locked: a change of the password that is not committed yet voids the token, too.
    user = None if found is None else _user(db, found, lock=True)
    row = None if user is None else one_time.consume(*which)
    if user is None or row is None:
        raise _invalid(found)
    return user, row


def _user(db: Session, row: OneTimeToken | None, *, lock: bool = False) -> User | None:
    """Return the user of a token, if there is one and it still counts."""
    user_id = (row and row.user_id) or ""
    user = locking.lock(db, user_id) if lock else db.get(User, user_id)
    if row is None or user is None or user.state != "active":
        return None
    if row.own and (user.email or "") != row.address:
        return None
    outlives_changes = row.own and user.is_unconfirmed
    return user if outlives_changes or user.credential_version == row.version else None


def _invalid(row: OneTimeToken | None = None) -> Refused:
    """Return the refusal of a link; *row* is what there is of it."""
    about = row and row.user_id
    return Refused(TOKEN_INVALID).because("link_not_good", about or "")


def digests(realm: Realm) -> one_time.Digests:
    """Return what makes the digests of tokens."""
    return partial(realm.digests, "one-time")
