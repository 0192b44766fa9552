"""
The session, user, membership and org that an application sees during a request.

They are plain values, read once.

They have the names and the attributes of the objects that the adapters of arware set,
so that the application does not change when it takes the realm's code over.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from arware.kit.mounting import Unavailable
from arware.web.cookies import only_value

from . import sessions

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from .models import LoginSession, User
    from .realm import Realm
    from .scopes import Scope

log = logging.getLogger("arware.local")

#: What is answered where the database cannot tell who is there: somebody who is logged
#: in must not pass as nobody.
UNAVAILABLE = "Sign-in is temporarily unavailable. Try again in a moment.\n"


class _Named:
    """Something with an *id*: objects of one class and id are equal."""

    __slots__ = ()

    id: str

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and getattr(other, "id", None) == self.id

    def __hash__(self) -> int:
        return hash((type(self), self.id))


@dataclass(frozen=True, slots=True, eq=False)
class CurrentOrg(_Named):
    """The organization that the session has selected."""

    id: str
    realm_id: str
    name: str
    reference: str | None
    custom: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class CurrentUser(_Named):
    """The person who is logged in."""

    id: str
    realm_id: str
    email: str | None
    #: ``verified`` or ``none``.
    email_verification: str
    username: str | None
    first_name: str | None
    last_name: str | None
    #: First and last name, or else the address.
    name: str
    locale: str | None
    #: What the application itself calls the person, if it has said so.
    reference: str | None
    custom: Mapping[str, Any] | None
    state: str
    created_at: datetime
    last_login_at: datetime | None
    #: The time zone, a custom attribute; ``None`` without one that there is.
    zone: ZoneInfo | None


@dataclass(frozen=True, slots=True, eq=False)
class CurrentMembership(_Named):
    """What the person may do in the organization."""

    id: str
    user_id: str
    org_id: str
    permissions: list[str]
    user: CurrentUser
    org: CurrentOrg
    selected: bool = True

    def any_permission(self, *wanted: str | re.Pattern[str]) -> bool:
        """Tell whether any of *wanted*, texts or compiled patterns, is held."""
        return any(
            one in self.permissions
            if isinstance(one, str)
            else any(map(one.search, self.permissions))
            for one in wanted
        )


@dataclass(frozen=True, slots=True, eq=False)
class CurrentSession(_Named):
    """A login in one browser."""

    id: str
    user_id: str
    user: CurrentUser
    created_at: datetime
    expires_at: datetime
    #: When the person last proved who they are, and by what. There is no time where
    #: the browser is trusted, and a second factor was not asked for.
    auth_time: datetime | None
    amr: list[str]
    #: Whether the browser keeps the login when it is closed.
    remembered: bool


class Current(NamedTuple):
    """
    Who is there during one request; all ``None`` for nobody.

    An application reads it as ``authrocket.auth``, as with an adapter.
    """

    session: CurrentSession | None = None
    user: CurrentUser | None = None
    membership: CurrentMembership | None = None
    org: CurrentOrg | None = None
    #: The id of the operator who acts as the person, if one does.
    impersonator: str | None = None

    def environ_keys(self) -> dict[str, Any]:
        """Return the keys that are set in every environ and scope."""
        return {
            "authrocket.session": self.session,
            "authrocket.current_session": self.session,
            "authrocket.user": self.user,
            "authrocket.membership": self.membership,
            "authrocket.org": self.org,
            "authrocket.auth": self,
        }


ANONYMOUS = Current()


def cookie_in(realm: Realm, header: str) -> str:
    """Return the session's cookie in the header ``Cookie``, ``""`` for none."""
    mark = "__Host-" if realm.settings.is_https else ""
    return only_value(header, f"{mark}{realm.settings.cookie_name}")


def find(realm: Realm, cookie: str) -> Current:
    """
    Return whose session *cookie* opens, by one query; by none without a cookie.

    A session that was ended is nobody's at once. Raises
    :class:`~arware.kit.mounting.Unavailable` where the database cannot tell.
    """
    if not cookie:
        return ANONYMOUS
    scopes = realm.joined.scopes
    beside = _as_it_is if scopes is None else scopes.beside
    try:
        row = sessions.current_beside(realm, beside, cookie, realm.now)
    except SQLAlchemyError as error:
        log.exception("the session cannot be read")
        raise Unavailable from error
    if row is None:
        return ANONYMOUS
    return _current(realm, row, None if scopes is None else scopes.read(*row[2:]))


def _as_it_is(asked: Any) -> Any:
    return asked


def _current(realm: Realm, row: Any, scope: Scope | None) -> Current:
    user = _user(realm, row[1])
    session, impersonator = _session(row[0], user), row[0].impersonator
    if scope is None:
        return Current(session, user, impersonator=impersonator)
    org = CurrentOrg(scope.org_id, realm.id, scope.name, scope.reference, scope.custom)
    membership = CurrentMembership(
        scope.membership_id, user.id, org.id, list(scope.permissions), user, org
    )
    return Current(session, user, membership, org, impersonator)


def _session(row: LoginSession, user: CurrentUser) -> CurrentSession:
    return CurrentSession(
        row.id,
        user.id,
        user,
        _moment(row.created_at),
        _moment(row.expires_at),
        _moment(row.auth_at) if row.auth_at else None,
        list(row.factors),
        row.remembered,
    )


def _user(realm: Realm, row: User) -> CurrentUser:
    return CurrentUser(
        id=row.id,
        realm_id=realm.id,
        email=row.email,
        email_verification="verified" if row.email_verified else "none",
        username=row.username,
        first_name=row.first_name,
        last_name=row.last_name,
        name=row.name,
        locale=row.locale,
        reference=row.reference,
        custom=row.custom,
        state=row.state,
        created_at=_moment(row.created_at),
        last_login_at=None if row.last_login_at is None else _moment(row.last_login_at),
        zone=row.zone,
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
