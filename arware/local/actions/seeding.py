"""Users without a browser: what an operator's command and a demo do."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from arware.kit.canonical import LONGEST_NAME, canonical_email, clean_permissions

from ..models import Org, User
from ..store import Store
from . import people
from .outcome import Refused
from .sessions import end_all_of

log = logging.getLogger("arware.local")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A user to be added. *orgs* maps names of orgs to permissions."""

    email: str
    password: str | None = field(repr=False)
    first_name: str = ""
    last_name: str = ""
    username: str | None = None
    orgs: Mapping[str, Iterable[str]]
    locale: str | None = None
    reference: str | None = None
    custom: Mapping[str, Any] | None = None
    email_verified: bool = False


def add_user(store: Store, new: NewUser, now: int) -> str:
    """Add a user with orgs in one transaction. Raises :class:`ValueError`."""
    user = User(
        email=_checked(people.read_email(new.email)),
        email_verified=new.email_verified,
        first_name=_name(new.first_name, "first_name") or None,
        last_name=_name(new.last_name, "last_name") or None,
        username=_name(new.username or "", "username", 62) or None,
        locale=_name(new.locale or "", "locale", 35) or None,
        reference=_name(new.reference or "", "reference") or None,
        custom=None if new.custom is None else dict(new.custom),
    )
    orgs = {
        _name(name, "org"): clean_permissions(permissions)
        for name, permissions in new.orgs.items()
    }
    if "" in orgs:
        raise ValueError("org: the name is empty")
    if new.password is not None:
        context = (new.email, new.first_name, new.last_name)
        password = _checked(people.read_password(store, new.password, context))
        user.password_hash = store.passwords.hash(password)
    try:
        with store.writing() as database:
            people.add_user(database, user, now)
            for name, permissions in orgs.items():
                org = _find_or_add_org(database, name, now)
                people.add_membership(database, user, org, permissions, now)
    except IntegrityError:
        raise ValueError(f"{user.email} or the username is taken") from None
    log.info("user added user=%s", user.id)
    return user.id


def list_users(store: Store) -> list[User]:
    """Return all users, by e-mail address. The rows are read only."""
    with store.reading() as database:
        return list(database.scalars(select(User).order_by(User.email)))


def set_state(store: Store, email: str, state: str, now: int) -> bool:
    """
    Let the user log in (``active``), or end all their logins (``inactive``).

    Returns whether there is such a user.
    """
    with store.writing() as database:
        changed = (
            update(User)
            .where(User.email == canonical_email(email))
            .values(state=state)
            .returning(User.id)
        )
        user_id = database.scalars(changed).first()
        if user_id is not None and state != "active":
            end_all_of(database, user_id, now)
    if user_id is not None:
        log.info("user state changed user=%s state=%s", user_id, state)
    return user_id is not None


def _find_or_add_org(database: Session, name: str, now: int) -> Org:
    asked = select(Org).where(Org.name == name, Org.state == "active").limit(2)
    found = database.scalars(asked).all()
    if len(found) > 1:  # whoever signs up may give an org any name
        raise ValueError(f"org: several are called {name}")
    return found[0] if found else people.add_org(database, Org(name=name), now)


def _name(text: str, field: str, most: int = LONGEST_NAME) -> str:
    name = _checked(people.read_name(text, field, "a text"))
    if len(name) > most:
        raise ValueError(f"{field}: Enter a text of at most {most} characters.")
    return name


def _checked(value: str | Refused) -> str:
    if isinstance(value, Refused):
        raise ValueError(f"{value.field}: {value.message}")  # noqa: TRY004 - the value is wrong, not its type
    return value
