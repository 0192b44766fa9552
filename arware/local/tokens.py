"""Login tokens: JWTs that tell an application who has logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from arware.kit.jwt import sign

from .models import User
from .scopes import Scope

if TYPE_CHECKING:
    from .realm import Realm


class Bearer(Protocol):
    """What a token is made for: a session, or an API token."""

    @property
    def id(self) -> str:
        """Its id, which the token names as the session's."""
        ...

    @property
    def expires_at(self) -> int | None:
        """When it ends, ``None`` for never."""
        ...

    @property
    def claims(self) -> dict[str, Any]:
        """What the token tells of it beside."""
        ...


def login_token(
    realm: Realm, bearer: Bearer, user: User, scope: Scope | None, now: int
) -> str:
    """Return a new login token for *bearer*, who acts in *scope*."""
    return sign(realm.keys.signer, _claims(realm, bearer, user, scope, now))


def _claims(
    realm: Realm, bearer: Bearer, user: User, scope: Scope | None, now: int
) -> dict[str, Any]:
    """
    Return the claims. Those of an address are there with an address.

    The token never outlives its bearer, and names one org at most: the selected one.
    """
    end = now + realm.settings.jwt_minutes * 60
    claims: dict[str, Any] = {
        "exp": end if bearer.expires_at is None else min(end, bearer.expires_at),
        "iat": now,
        "iss": realm.settings.issuer,
        "rid": realm.id,
        "sid": bearer.id,
        "sub": user.id,
        "name": user.name,
    }
    if user.email is not None:
        claims |= {"email": user.email, "email_verified": user.email_verified}
    optional = {
        "preferred_username": user.username,
        "given_name": user.first_name,
        "family_name": user.last_name,
        "locale": user.locale,
        "ref": user.reference,
        "cs": user.custom,
    }
    claims |= {name: value for name, value in optional.items() if value}
    claims |= bearer.claims
    claims["orgs"] = [] if scope is None else [scope.claim()]
    return claims
