"""Users: reading what is typed about them, finding them, adding and changing them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, NewType

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit.canonical import canonical_email, clean_name, clean_username
from arware.kit.database import after_commit, violated
from arware.kit.passwords import LONGEST_BYTES, normalise
from arware.kit.secrets import is_id, new_id
from arware.kit.web.refusals import Refused

from . import locking, sessions, tries
from .caller import Caller
from .events import EmailVerified, UserCreated, UserUnlocked, UserUpdated
from .models import User
from .texts import (
    EMAIL_INVALID,
    EMAIL_MISSING,
    EMAIL_TAKEN,
    NAME_INVALID,
    PASSWORD_FLAWS,
    USERNAME_TAKEN,
)

if TYPE_CHECKING:
    from .realm import Realm

log = logging.getLogger("arware.local")

# What is typed. Each raises Refused.


def read_email(text: str) -> str:
    """Return the canonical e-mail address."""
    if not text.strip():
        raise Refused(EMAIL_MISSING, "email")
    address = canonical_email(text)
    if address is None:
        raise Refused(EMAIL_INVALID, "email")
    return address


def read_name(text: str, field: str) -> str:
    """Return a cleaned name, perhaps an empty one."""
    name = clean_name(text)
    if name is None:
        raise Refused(NAME_INVALID, field)
    return name


#: A password that the rules have let through, in its normal form.
NewPassword = NewType("NewPassword", str)
#: The first and the last name of a user, by their columns; ``None`` for none.
Names = Mapping[str, str | None]


def read_password(
    realm: Realm, text: str, context: Iterable[str], field: str = "password"
) -> NewPassword:
    """
    Return a new password that is good enough, in its normal form.

    *context* is what others know of its user: a password must not be made of it.
    """
    context = (*context, realm.settings.name, realm.settings.url.host)
    flaw = realm.password_rules.flaw(text, context)
    if flaw is not None:
        least, most = realm.password_rules.minimum, LONGEST_BYTES
        raise Refused(PASSWORD_FLAWS[flaw], field, least=least, most=most)
    return NewPassword(normalise(text))


# Users.

#: The order of :attr:`.User.login_name`, for ``order_by``: databases disagree about
#: where those without an address come.
BY_LOGIN_NAME = (func.coalesce(User.email, User.username), User.id)

#: Made once: every login asks one of them.
_BY_EMAIL = select(User).where(User.email == bindparam("address"))
_BY_USERNAME = select(User).where(User.username == bindparam("name"))


def by_email(db: Session, email: str) -> User | None:
    """Return the user with the canonical address *email*."""
    return db.scalars(_BY_EMAIL, {"address": email}).first()


def by_login_name(db: Session, text: str) -> User | None:
    """Return whom somebody means who logs in with *text*: an address or user name."""
    address = canonical_email(text)
    if address is not None:
        return by_email(db, address)
    # The same query for whatever it is, so that its time tells nothing.
    name = clean_username(text) or ""
    return db.scalars(_BY_USERNAME, {"name": name}).first()


def find(db: Session, text: str) -> User | None:
    """Return whom an operator means by *text*: an id, an address or a user name."""
    return db.get(User, text) if is_id(text, "usr") else by_login_name(db, text)


def find_locked(db: Session, text: str) -> User | None:
    """Return the user that :func:`find` does, locked: see :func:`.locking.lock`."""
    user = find(db, text)
    return None if user is None else locking.lock(db, user.id)


def canonical_login_name(text: str) -> str:
    """Return the one form of *text* to count by, also where it can name nobody."""
    return canonical_email(text) or clean_username(text) or text


def context_of(user: User) -> list[str]:
    """Return what others know of *user*, of which no password may be made."""
    known = (user.email, user.username, user.first_name, user.last_name)
    return [text for text in known if text]


def staying(realm: Realm, db: Session, user_ids: Iterable[str]) -> set[str]:
    """Return those of some users whose accounts will not be deleted."""
    ids, leaving = set(user_ids), realm.joined.leaving
    return ids if leaving is None else ids - leaving(db, ids)


def add(realm: Realm, db: Session, caller: Caller, user: User) -> User:
    """
    Add *user*, whose values are canonical already, under a new id if it has none.

    Of two with one address or user name at once the database lets one win. Raises
    :class:`~.texts.Refused` for the other, and the transaction is lost.
    """
    user.id = user.id or new_id("usr")
    user.created_at = caller.now
    user.credential_version = 0
    db.add(user)
    try:
        db.flush()
    except IntegrityError as error:
        is_name = "username" in violated(error)
        reason, field = (
            (USERNAME_TAKEN, "username") if is_name else (EMAIL_TAKEN, "email")
        )
        raise Refused(reason, field) from None
    realm.record(db, UserCreated(user_id=user.id), caller)
    after_commit(db, partial(log.info, "user added user=%s ip=%s", user.id, caller.ip))
    return user


def add_decoy(db: Session, caller: Caller) -> User:
    """Add a user that stands for nobody, in a transaction that will be rolled back."""
    name = new_id("usr")
    user = User(id=name, email=f"{name}@invalid", created_at=caller.now)
    user.credential_version = 0
    db.add(user)
    db.flush()
    return user


def set_password(db: Session, user: User, hashed: str | None) -> None:
    """
    Give *user* a password, or with ``None`` take it away.

    Links, logins that wait for a step, and device cookies, from before it, are void.
    End the sessions and record what happened in the same transaction; after a mailed
    link call :func:`.tries.open_again`, too.
    """
    db.execute(update(User).where(User.id == user.id).values(password_hash=hashed))
    void_proofs(db, user)


def void_proofs(db: Session, user: User) -> None:
    """
    Void the links and waiting logins of *user* from before now (RQ-K3).

    Links to an address that nobody has proved stay good: see :mod:`.one_time`.
    """
    version = User.credential_version + 1
    change = update(User).where(User.id == user.id)
    db.execute(change.values(credential_version=version))


def prove_address(
    realm: Realm,
    db: Session,
    user: User,
    caller: Caller,
    *,
    keep_password: bool = False,
    is_same_person: bool = False,
) -> None:
    """
    Note that mail to the user's address reaches them; end the waits for a password.

    The first proof of an address ends what was set before it: whoever signed up may
    have used the address of somebody else, who proves it now. That is

    - the password, unless *keep_password*: it was given or set with this proof,
    - all sessions, but with *keep_password* the caller's own,
    - what features keep: their handlers of the event end it, and *is_same_person*
      tells them that whoever signed up is who proves the address now.

    Somebody without an address has proved none, and loses nothing.
    """
    tries.open_again(realm, db, user)
    if user.email is None:
        return
    first = (
        update(User)
        .where(User.id == user.id, User.email_verified.is_(False))
        .values(email_verified=True)
        .returning(User.email)
    )
    email = db.scalars(first).first()
    if email is None:
        return
    if not keep_password:
        set_password(db, user, None)
    but = caller.session_of(user.id) if keep_password else None
    sessions.end_all(realm, db, user, caller, but=but)
    proved = EmailVerified(
        user_id=user.id, email=email, first=True, is_same_person=is_same_person
    )
    realm.record(db, proved, caller)
    log.info("address proved user=%s ip=%s", user.id, caller.ip)


def change_state(
    realm: Realm, db: Session, user: User, caller: Caller, *, state: str
) -> None:
    """Let *user*, who is locked, log in (``active``), or end that (``inactive``)."""
    user.state = state
    if state != "active":
        sessions.end_all(realm, db, user, caller)
    realm.record(db, UserUpdated(user_id=user.id, fields=("state",)), caller)
    log.info("user state changed user=%s state=%s", user.id, state)


def unlock(realm: Realm, db: Session, user: User, caller: Caller) -> None:
    """Let *user*, who is locked, try passwords and codes again at once."""
    tries.end_waits(realm, db, user)
    realm.record(db, UserUnlocked(user_id=user.id), caller)
    log.info("user unlocked user=%s", user.id)
