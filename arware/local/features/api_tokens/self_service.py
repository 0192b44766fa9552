"""What people do with their own API tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from arware.kit.web import Reason, Refused

from ...caller import Member
from ...scopes import Scope, scope_of
from ...texts import _
from . import flow
from .models import ApiToken

if TYPE_CHECKING:
    from ...realm import Realm

#: So many that work somebody may have, so that nobody fills the table.
MOST = 50
#: For so many days a token that somebody makes may be good.
MOST_DAYS = 365

TOO_MANY = Reason(
    "too_many_api_tokens", _("You have 50 API tokens. Revoke one that you do not use.")
)
NOT_YOURS = Reason("not_your_permission", _("You do not have ${permission} yourself."))


def present(realm: Realm, member: Member) -> list[flow.Issued]:
    """Return the member's tokens that are not revoked, the newest first."""
    found = flow.listed(realm, member.now, ApiToken.user_id == member.user.id)
    return [one for one in reversed(found) if one.state != "revoked"]


def count(db: Session, member: Member) -> int:
    """Return how many tokens the member has that are not revoked."""
    theirs = ApiToken.user_id == member.user.id, ApiToken.revoked_at.is_(None)
    return db.scalar(select(func.count()).select_from(ApiToken).where(*theirs)) or 0


def scope(realm: Realm, db: Session, member: Member) -> Scope | None:
    """Return the org that the member acts in, as tokens of theirs will."""
    return scope_of(realm, db, member.user.id, member.session.org_id)


def make(
    realm: Realm, member: Member, name: str, days: int, permissions: tuple[str, ...]
) -> str:
    """
    Make a token of the member's, for the org they act in, and return it.

    It has those of the member's permissions there that are named. Raises ``Refused``
    for others, and where there are too many tokens.
    """
    with realm.writing(member) as db:
        if count(db, member) >= MOST:
            raise Refused(TOO_MANY)
        found = scope(realm, db, member)
        have = () if found is None else found.permissions
        for one in permissions:
            if one not in have:
                raise Refused(NOT_YOURS, "permissions", permission=one)
        return flow.issue(
            realm,
            db,
            member,
            ApiToken(
                user_id=member.user.id,
                org_id=None if found is None else found.org_id,
                name=name,
                permissions=[*permissions],
                expires_at=member.now + days * 86_400,
            ),
        )


def end(realm: Realm, member: Member, token_id: str) -> None:
    """End a token of the member's; one that is no more, or not theirs, is left."""
    theirs = ApiToken.user_id == member.user.id
    flow.revoke(realm, token_id, member, theirs)
