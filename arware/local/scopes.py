"""Where somebody acts: the org that a login token names, where a feature has orgs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

if TYPE_CHECKING:
    from .realm import Realm

#: What somebody who makes an org may do there.
OWNER = ("ar:owner", "ar:admin")


@dataclass(frozen=True, slots=True)
class Scope:
    """An active org, and what somebody may do there."""

    org_id: str
    name: str
    permissions: tuple[str, ...]
    membership_id: str
    reference: str | None
    custom: Mapping[str, Any] | None

    def claim(self) -> dict[str, Any]:
        """Return the element of the claim ``orgs``, as of the one that is selected."""
        claim: dict[str, Any] = {
            "oid": self.org_id,
            "perm": list(self.permissions),
            "name": self.name,
            "selected": True,
            "mid": self.membership_id,
        }
        optional = {"ref": self.reference, "cs": self.custom}
        return claim | {name: value for name, value in optional.items() if value}


def scopes_of(
    realm: Realm, db: Session, user_ids: Iterable[str]
) -> dict[str, tuple[Scope, ...]]:
    """Return where users may act, by the user's id and there by name."""
    scopes = realm.joined.scopes
    return {} if scopes is None else scopes.find(db, tuple(user_ids))


def scope_of(
    realm: Realm, db: Session, user_id: str, org_id: str | None
) -> Scope | None:
    """Return the user's scope in the org with *org_id*, ``None`` for none."""
    if org_id is None:
        return None
    scopes = scopes_of(realm, db, [user_id]).get(user_id, ())
    return next((scope for scope in scopes if scope.org_id == org_id), None)
