"""Inviting somebody, and taking that back."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from arware.kit import one_time as tokens
from arware.kit.secrets import new_id
from arware.kit.web import Reason, Refused
from arware.kit.web.refusals import NOT_FOUND

from ... import mail, one_time, people, tries
from ...caller import Caller, Member
from ...events import Happening, LockedDown, UserDeleted, UserUpdated
from ...models import User
from ...operators import OperatorRemoved
from ...scopes import OWNER, Scope, scope_of
from ...texts import _
from .events import Invited, OrgInvited, Revoked
from .models import Invitation
from .settings import Invitations

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

#: AuthRocket's prefix of invitations.
KIND = "nvt"

NOT_PERMITTED = Reason(
    "not_permitted", _("Only its owners and admins may invite people."), 403
)
NOT_PROVED = Reason(
    "address_not_confirmed",
    _("Confirm your e-mail address before you invite people."),
    403,
)


def invite(
    realm: Realm,
    caller: Caller,
    email: str,
    org: Scope | None = None,
    permissions: Iterable[str] = (),
) -> None:
    """
    Mail an invitation to *email*: to *org*, or else to the realm.

    It voids an older one. Where too many were sent of late there is no mail, and the
    older one stays good. Only the owner of the address learns whether it has an account
    already: they can join the org with it, and an invitation to the realm tells them.

    Raises ``Refused``, also for an inviter whose own address is not proved. They may
    have signed up with somebody else's, who would later find strangers in their org.
    """
    if org is not None and _is_unproved(caller):
        raise Refused(NOT_PROVED)
    target = f"{email} {org.org_id if org else ''}"
    taken = tries.take(realm, caller, tries.MAILS, target, purpose=KIND, field="email")
    if taken.blocked:
        return
    inviter = caller.user_id or ""
    with realm.writing(caller) as db:
        if org is not None:
            managed(realm, db, inviter, org.org_id)
        _void(db, caller.now, Invitation.address == email, _to(org))
        id, days = new_id(KIND), realm.settings[Invitations].days
        token = tokens.make(
            db,
            Invitation,
            one_time.digests(realm),
            kind=KIND,
            expires_at=caller.now + days * 86_400,
            user_id=inviter or None,
            address=email,
            id=id,
            org_id=None if org is None else org.org_id,
            permissions=list(permissions),
            created_at=caller.now,
            data=None if org is None else {"org": org.name},
        )
        values = {"token": token, "days": days, "org": org.name if org else ""}
        whom = people.by_email(db, email) or email
        template, locale = "invitations/mail", caller.locale
        mail.write(realm, db, whom, template, caller.now, locale=locale, **values)
        kind = Invited if org is None else OrgInvited
        to = None if org is None else org.org_id
        event = kind(user_id=inviter, invitation_id=id, org_id=to)
        realm.record(db, event, caller)
    log.info("invited by=%s invitation=%s", inviter or "the command", id)


def _is_unproved(caller: Caller) -> bool:
    user = None if caller.visitor is None else caller.visitor.user
    return user is not None and user.email != user.proved_email


def _to(org: Scope | None) -> ColumnElement[bool]:
    is_same: ColumnElement[bool] = Invitation.org_id.is_(None)
    return is_same if org is None else Invitation.org_id == org.org_id


def managed(realm: Realm, db: Session, user_id: str, org_id: str) -> Scope:
    """
    Return the org that a user may invite to. Raises ``Refused``.

    Where sign-up is closed, nobody invites to an org that people get just for
    themselves: else each of them could let anybody in.
    """
    scopes = realm.joined.scopes
    are_own = scopes is not None and scopes.are_own(realm.settings)
    if are_own and realm.settings.signup == "closed":
        raise Refused(NOT_PERMITTED)
    scope = scope_of(realm, db, user_id, org_id)
    if scope is None:
        raise Refused(NOT_FOUND)
    if set(OWNER).isdisjoint(scope.permissions):
        raise Refused(NOT_PERMITTED)
    return scope


def waiting(db: Session, now: int, org_id: str | None) -> Sequence[Invitation]:
    """Return the invitations that can be accepted, newest first."""
    found = select(Invitation).where(
        Invitation.org_id == org_id, Invitation.used_at.is_(None)
    )
    found = found.where(Invitation.expires_at > now)
    newest = Invitation.created_at.desc(), Invitation.id
    return db.scalars(found.order_by(*newest).limit(100)).all()


def revoke(realm: Realm, member: Member, id: str, org_id: str | None) -> None:
    """Take an invitation back: of *org_id*, or else of the realm."""
    with realm.writing(member) as db:
        if org_id is not None:
            managed(realm, db, member.user.id, org_id)
        this = Invitation.id == id, Invitation.org_id == org_id
        if not _void(db, member.now, *this):
            raise Refused(NOT_FOUND)
        event = Revoked(user_id=member.user.id, invitation_id=id)
        realm.record(db, event, member)


def _void(db: Session, now: int, *which: ColumnElement[bool]) -> int:
    unused = Invitation.used_at.is_(None)
    change = update(Invitation).where(*which, unused).values(used_at=now)
    return len(db.scalars(change.returning(Invitation.id)).all())


def void_all(happening: Happening[LockedDown]) -> None:
    """
    Void all invitations, whoever sent them: a stranger may have, to come back by one.

    The event comes once for each user, and after the first finds none. Where it is
    about one user *alone*, only what that user sent is void.
    """
    event, now = happening.event, happening.caller.now
    which = [Invitation.user_id == event.user_id] if event.alone else []
    _void(happening.db, now, Invitation.expires_at > now, *which)


def void_of_shut_out(happening: Happening[UserUpdated | UserDeleted]) -> None:
    """Void what a disabled or deleted user sent: it may lead to a second account."""
    event, db = happening.event, happening.db
    if isinstance(event, UserDeleted) or (
        "state" in event.fields and db.get_one(User, event.user_id).state != "active"
    ):
        _void(db, happening.caller.now, Invitation.user_id == event.user_id)


def void_of_operator(happening: Happening[OperatorRemoved]) -> None:
    """Void what somebody sent who was an operator: the invitations to the realm."""
    theirs = Invitation.user_id == happening.event.user_id
    _void(happening.db, happening.caller.now, theirs, _to(None))


def forget(db: Session, before: int, most: int) -> int:
    """Remove those that had expired by *before*, with the addresses in them."""
    return tokens.sweep(db, Invitation, before, most)
