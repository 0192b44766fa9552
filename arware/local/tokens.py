"""Login tokens: what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from arware.kit.jwt import sign

from .models import ApiToken, LoginSession, Membership, Org, User
from .settings import RealmSettings

if TYPE_CHECKING:
    from .realm import Realm


def login_token(
    realm: Realm,
    session: LoginSession | ApiToken,
    user: User,
    account: tuple[Membership, Org] | None,
    now: int,
) -> str:
    """Return a new login token for *session*, or what stands for one."""
    claims = claims_for(
        session, user, account, realm_id=realm.id, settings=realm.settings, now=now
    )
    return sign(realm.keys.signer, claims)


def claims_for(
    session: LoginSession | ApiToken,
    user: User,
    account: tuple[Membership, Org] | None,
    *,
    realm_id: str,
    settings: RealmSettings,
    now: int,
) -> dict[str, Any]:
    """
    Return the claims of a login token for *session*, or what stands for one.

    It never outlives its session, and names one org at most: the selected one.
    """
    end = now + settings.jwt_minutes * 60
    claims: dict[str, Any] = {
        "exp": end if session.expires_at is None else min(end, session.expires_at),
        "iat": now,
        "iss": settings.issuer,
        "rid": realm_id,
        "sid": session.id,
        "sub": user.id,
        "name": user.name,
        "email": user.email,
        "email_verified": user.email_verified,
    }
    optional = {
        "preferred_username": user.username,
        "given_name": user.first_name,
        "family_name": user.last_name,
        "locale": user.locale,
        "ref": user.reference,
        "cs": user.custom,
    }
    claims |= {name: value for name, value in optional.items() if value}
    claims["orgs"] = [] if account is None else [_org_claim(*account)]
    return claims


def _org_claim(membership: Membership, org: Org) -> dict[str, Any]:
    claim: dict[str, Any] = {
        "oid": org.id,
        "perm": list(membership.permissions),
        "name": org.name,
        "selected": True,
        "mid": membership.id,
    }
    optional = {"ref": org.reference, "cs": org.custom}
    return claim | {name: value for name, value in optional.items() if value}
