"""Users without a browser: what an operator's command and a demo do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from arware.kit.canonical import LONGEST_NAME, clean_permissions
from arware.kit.web.refusals import Refused

from . import people
from .actions import accounts
from .caller import Caller
from .models import Org, User
from .texts import english

if TYPE_CHECKING:
    from .realm import Realm

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


def add_user(realm: Realm, new: NewUser, caller: Caller) -> str:
    """Add a user with orgs in one transaction. Raises :class:`ValueError`."""
    user = User(
        email=_checked(lambda: people.read_email(new.email)),
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
        password = _checked(
            lambda: people.read_password(realm, str(new.password), context)
        )
        user.password_hash = realm.hash_new(password)
    try:
        with realm.writing() as db:
            people.add(realm, db, caller, user)
            for name, permissions in orgs.items():
                org = _find_or_add_org(db, name, caller.now)
                accounts.add_membership(db, user, org, permissions, caller.now)
    except Refused:
        raise ValueError(f"{user.email} or the username is taken") from None
    log.info("user added user=%s", user.id)
    return user.id


def _find_or_add_org(db: Session, name: str, now: int) -> Org:
    asked = select(Org).where(Org.name == name, Org.state == "active").limit(2)
    found = db.scalars(asked).all()
    if len(found) > 1:  # whoever signs up may give an org any name
        raise ValueError(f"org: several are called {name}")
    return found[0] if found else accounts.add_org(db, Org(name=name), now)


def _name(text: str, field: str, most: int = LONGEST_NAME) -> str:
    name = _checked(lambda: people.read_name(text, field))
    if len(name) > most:
        raise ValueError(f"{field}: Enter a text of at most {most} characters.")
    return name


def _checked(read: Callable[[], str]) -> str:
    try:
        return read()
    except Refused as refused:
        raise ValueError(f"{refused.field}: {english(refused)}") from None
