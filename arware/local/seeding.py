"""Adding users and orgs from a program, a command or a file, without a browser."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from arware.errors import TokenMalformed
from arware.kit.canonical import (
    LONGEST_NAME,
    LONGEST_USERNAME,
    clean_permissions,
    clean_username,
)
from arware.kit.operator import NotDone
from arware.kit.web.refusals import Refused
from arware.tokens.jwt import check_bounds

from . import people
from .caller import Caller
from .models import User
from .texts import english

if TYPE_CHECKING:
    from .realm import Realm

T = TypeVar("T")

log = logging.getLogger("arware.local")

#: What a file of people tells of somebody, where they come from and where they go.
FIELDS = (
    *("email", "email_verified", "username", "first_name", "last_name", "name"),
    *("locale", "time_zone", "reference", "custom", "state", "password_hash"),
    "created_at",
)


#: Bytes of custom data, as JSON in ASCII. With the rest of a token and in base64url it
#: is some 7,000 characters, which applications, their cookies and most servers take.
LONGEST_CUSTOM = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """
    A user to be added, who has an *email* address, a *username* or both.

    *orgs* maps orgs to permissions.
    An id (``org_...``) is an org that exists, and anything else the name of a new one:
    whoever signs up may have called theirs so.
    """

    email: str | None = None
    password: str | None = field(repr=False)
    first_name: str = ""
    last_name: str = ""
    username: str | None = None
    orgs: Mapping[str, Iterable[str]]
    locale: str | None = None
    reference: str | None = None
    custom: Mapping[str, Any] | None = None
    email_verified: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """A user who was added; and for each org its id, its name and whether it is new."""

    user_id: str
    orgs: tuple[tuple[str, str, bool], ...]


def add_user(realm: Realm, new: NewUser, caller: Caller) -> Added:
    """
    Add a user with orgs in one transaction.

    Raises :class:`ValueError`, which says what is wrong, and then adds nothing.
    """
    user = read_user(new)
    orgs = {
        _org(text): clean_permissions(permissions)
        for text, permissions in new.orgs.items()
    }
    password = new.password
    if password is not None:
        user.password_hash = _checked(lambda: _hashed(realm, user, password))

    def add() -> tuple[tuple[str, str, bool], ...]:
        with realm.writing(caller) as db:
            people.add(realm, db, caller, user)
            if not orgs:
                return ()
            join = realm.feature("orgs").join
            return tuple(
                join(realm, db, caller, user, text, permissions)
                for text, permissions in orgs.items()
            )

    into = _checked(add)  # gives the user an id
    added = Added(user.id, into)
    log.info("user added user=%s orgs=%s", user.id, ",".join(id for id, _, _ in into))
    return added


def read_user(new: NewUser) -> User:
    """
    Return what *new* says in its one form, without password and orgs.

    Raises :class:`~arware.kit.operator.NotDone`.
    """
    return User(
        email=_email(new),
        email_verified=new.email_verified,
        first_name=_name(new.first_name, "first_name") or None,
        last_name=_name(new.last_name, "last_name") or None,
        username=_username(new.username),
        locale=_name(new.locale or "", "locale", 35) or None,
        reference=_name(new.reference or "", "reference") or None,
        custom=_custom(new.custom),
    )


def add_org(realm: Realm, name: str, caller: Caller) -> str:
    """Add an org and return its id. Raises :class:`ValueError`."""
    name, flow = _org(name), realm.feature("orgs")
    with realm.writing(caller) as db:
        org_id: str = flow.add(realm, db, caller, name).id
    return org_id


def _hashed(realm: Realm, user: User, password: str) -> str:
    wanted = people.read_password(realm, password, people.context_of(user))
    return realm.hash_new(wanted)


def _email(new: NewUser) -> str | None:
    if new.username and not new.email:
        return None
    return _checked(lambda: people.read_email(new.email or ""))


def _org(text: str) -> str:
    name = _name(text, "org")
    if not name:
        raise NotDone("org: the name is empty", "missing")
    return name


def _username(text: str | None) -> str | None:
    if not text:
        return None
    name = clean_username(text)
    if name is None:
        raise NotDone(
            f"username: use at most {LONGEST_USERNAME} letters and digits, with single "
            "dots, hyphens or underscores between them",
            "username_invalid",
        )
    return name


def _custom(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    try:
        size = len(json.dumps(dict(values), allow_nan=False, separators=(",", ":")))
        # It is in each token, and what this refuses no application accepts there.
        check_bounds({"cs": values}, "value")
    except (TypeError, ValueError) as error:
        raise NotDone(f"custom: it is not JSON ({error})", "invalid") from None
    except TokenMalformed as error:
        raise NotDone(f"custom: {error.problem}", "invalid") from None
    if size > LONGEST_CUSTOM:
        said = f"custom: it takes {size} bytes as JSON, and {LONGEST_CUSTOM} at most, "
        raise NotDone(f"{said}since each login token carries it", "too_long")
    return dict(values)


def _name(text: str, field: str, most: int = LONGEST_NAME) -> str:
    name = _checked(lambda: people.read_name(text, field))
    if len(name) > most:
        said = f"{field}: Enter a text of at most {most} characters."
        raise NotDone(said, "too_long")
    return name


def _checked(read: Callable[[], T]) -> T:
    try:
        return read()
    except Refused as refused:
        where = f"{refused.field}: " if refused.field else ""
        raise NotDone(f"{where}{english(refused)}", refused.reason.word) from None
