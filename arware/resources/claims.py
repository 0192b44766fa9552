"""The claims of a login token, and the objects they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import Collection, without_secrets
from .fields import Shared
from .membership import Membership
from .org import Org
from .session import Session
from .user import User

if TYPE_CHECKING:
    from collections.abc import Mapping

# What `objects` makes need no constructor: their slots are filled right here, because
# it runs once per request and is most of what a known cookie costs.
_new = object.__new__


class Identity:
    """
    Whom a verified token names: unchanging, made once and kept for many requests.

    *claims* are believed: verifying them is up to the caller.
    """

    __slots__ = (
        "_current",
        "_memberships",
        "_session",
        "_user",
        "exp",
        "impersonator",
        "rid",
        "sid",
        "sub",
    )

    sub: str
    sid: str
    rid: str | None
    exp: float
    #: The id of who acts as the user, if somebody does (RFC 8693 section 4.1).
    impersonator: str | None

    def __init__(
        self,
        session: Shared,
        user: Shared,
        memberships: tuple[tuple[Shared, Shared], ...] | None,
        current: int,
        impersonator: str | None = None,
    ) -> None:
        self._session = session
        self._user = user
        self._memberships = memberships
        self._current = current
        self.sub = user["id"]
        self.sid = session["id"]
        self.rid = user["realm_id"]
        self.exp = session["expires_at"]
        self.impersonator = impersonator

    @property
    def owner(self) -> str:
        """Whose is what is kept beside a login: who acts as another is a third."""
        acting = self.impersonator
        return self.sub if acting is None else f"{self.sub} {acting}"

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any], token: str) -> Identity:
        """Read the mapping of verified *claims*; *token* is kept on the session."""
        entries = _entries(claims)
        memberships = (
            None if entries is None else tuple(_pair(claims, e) for e in entries)
        )
        selected = [n for n, e in enumerate(entries or ()) if e.get("selected") is True]
        session = Shared(
            id=claims.get("sid"),
            created_at=claims.get("iat"),
            expires_at=claims.get("exp"),
            token=token,
            user_id=claims.get("sub"),
            auth_time=claims.get("auth_time"),
            amr=claims.get("amr"),
            remembered=claims.get("remembered"),
        )
        current = selected[0] if selected else 0
        return cls(session, _user(claims), memberships, current, _actor(claims))

    def __reduce__(self) -> tuple[Any, ...]:
        # As of all objects: a pickle or a copy holds no credential.
        session = Shared(without_secrets(self._session, Session), id=None)
        pairs = self._memberships and tuple(
            (Shared(without_secrets(membership)), Shared(without_secrets(org)))
            for membership, org in self._memberships
        )
        user = Shared(without_secrets(self._user))
        return Identity, (session, user, pairs, self._current, self.impersonator)

    def __repr__(self) -> str:
        return f"Identity(sub={self.sub!r})"

    @property
    def token(self) -> str:
        """The token whose claims these are."""
        text: str = self._session["token"]
        return text

    @property
    def ends_with_browser(self) -> bool:
        """Whether the realm says that closing the browser ends the login."""
        return self._session["remembered"] is False

    @property
    def email(self) -> str | None:
        """The user's e-mail address, if the token tells it."""
        email: str | None = self._user["email"]
        return email

    @property
    def name(self) -> str | None:
        """What the user is called, if the token tells it."""
        name: str | None = self._user["name"]
        return name

    @property
    def time_zone(self) -> str | None:
        """The name of the user's time zone, if the custom attributes tell it."""
        custom = self._user["custom"]
        name = custom.get("time_zone") if isinstance(custom, dict) else None
        return name if isinstance(name, str) else None

    @property
    def shown_name(self) -> str:
        """
        What people know the user by.

        Anybody may call themselves what they like, so a name does not stand alone.
        """
        if self.email:
            return self.email
        return f"{self.name} ({self.sub})" if self.name else self.sub

    def objects(
        self, context: Any = None
    ) -> tuple[Session, User, Membership | None, Org | None]:
        """
        Make a fresh session, user, current membership and current org.

        They are linked to one another and share nothing that can be changed with
        what any other call returns. The current membership is the first that is
        selected, else the first, else ``None``.
        """
        session = _new(Session)
        user = _new(User)
        session._data = self._session
        session._links = {"user": user}
        session._context = user._context = context
        session._outcome = user._outcome = None
        user._data = self._user
        memberships = self._memberships
        if not memberships:
            user._links = {} if memberships is None else {"memberships": Collection()}
            return session, user, None, None
        pair = memberships[self._current]
        membership = _new(Membership)
        org = _new(Org)
        membership._data, org._data = pair
        membership._links = {"user": user, "org": org}
        membership._context = org._context = context
        membership._outcome = org._outcome = org._links = None
        # The list is made when somebody asks for it, of objects of its own: were the
        # current one in it, no request's objects would go without the garbage
        # collector.
        user._links = {"memberships": self}
        return session, user, membership, org

    def memberships_of(self, user: User) -> Collection[Membership]:
        """Return all memberships of *user*, made afresh."""
        made = Collection[Membership]()
        for data, org_data in self._memberships or ():
            org = Org._made(org_data, user._context)
            membership = Membership._made(data, user._context)
            membership._links = {"user": user, "org": org}
            made.append(membership)
        return made


def _entries(claims: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    orgs = claims.get("orgs")
    if not isinstance(orgs, list):
        return None
    return [entry for entry in orgs if isinstance(entry, dict)]


def _actor(claims: Mapping[str, Any]) -> str | None:
    actor = claims.get("act")
    if actor is None:
        return None
    name = actor.get("sub") if isinstance(actor, dict) else None
    # Whoever it is, it is not the user.
    return name if isinstance(name, str) and name else "unknown"


def _user(claims: Mapping[str, Any]) -> Shared:
    return Shared(
        id=claims.get("sub"),
        realm_id=claims.get("rid"),
        username=claims.get("preferred_username"),
        first_name=claims.get("given_name"),
        last_name=claims.get("family_name"),
        name=claims.get("name"),
        email=claims.get("email"),
        email_verification="verified" if claims.get("email_verified") else "none",
        locale=claims.get("locale"),
        reference=claims.get("ref"),
        custom=claims.get("cs"),
    )


def _pair(claims: Mapping[str, Any], entry: Mapping[str, Any]) -> tuple[Shared, Shared]:
    """Return the data of a membership and of its org."""
    permissions = entry.get("perm")
    membership = Shared(
        id=entry.get("mid"),
        permissions=permissions if isinstance(permissions, list) else [],
        selected=entry.get("selected") is True,
        user_id=claims.get("sub"),
        org_id=entry.get("oid"),
    )
    org = Shared(
        id=entry.get("oid"),
        realm_id=claims.get("rid"),
        name=entry.get("name"),
        reference=entry.get("ref"),
        custom=entry.get("cs"),
    )
    return membership, org
