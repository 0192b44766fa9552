"""Coming by an invitation: with a new account, or into an org."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit.web import Reason, Refused

from ... import locking, login, one_time, people
from ...caller import Caller, Member
from ...login import LoggedIn, Pending
from ...models import User
from ...people import Names, NewPassword
from ...scopes import scope_of
from ...texts import EMAIL_TAKEN, TOKEN_INVALID, _
from .events import Accepted, OrgAccepted
from .flow import KIND
from .models import Invitation

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

NOT_FOR_YOU = Reason(
    "invitation_of_another",
    _(
        "This invitation was sent to another e-mail address. Log in with the account "
        "that has it."
    ),
    403,
)


#: Returns an invitation that can be accepted. Raises ``Refused``.
look = partial(one_time.row_of, Invitation)
_use = partial(one_time.use_row, Invitation)


def has_account(realm: Realm, invitation: Invitation) -> bool:
    """Tell whether who is invited has an account, which only they are told."""
    with realm.reading() as db:
        return people.by_email(db, invitation.address) is not None


def sign_up(
    realm: Realm, caller: Caller, token: str, password: NewPassword, names: Names
) -> LoggedIn | Pending:
    """
    Make an account by an invitation, and log its owner in.

    It is one transaction. The address is the one that the link was sent to, and proved
    by it. Raises ``Refused``.
    """
    look(realm, KIND, token, caller.now)  # a bogus link costs no hashing
    hashed = realm.hash_new(password)
    with realm.writing(caller) as db:
        invitation = _use(realm, db, KIND, token, caller.now)
        if people.by_email(db, invitation.address) is not None:
            raise Refused(EMAIL_TAKEN)
        user = User(
            email=invitation.address,
            email_verified=True,
            password_hash=hashed,
            **names,
        )
        people.add(realm, db, caller, user)
        _accept(realm, db, caller, invitation, user)
        return login.finish(realm, db, caller, user, "password")


def join(realm: Realm, member: Member, token: str) -> str | None:
    """
    Put *member* into the org of an invitation that was sent to their address.

    Returns the org's id, ``None`` for an invitation to the realm. Raises ``Refused``.
    """
    if look(realm, KIND, token, member.now).address != member.user.email:
        raise Refused(NOT_FOR_YOU)
    with realm.writing(member) as db:
        invitation = _use(realm, db, KIND, token, member.now)
        user = locking.lock(db, member.user.id) or member.user
        # Who is logged in has given the password of the account.
        people.prove_address(realm, db, user, member, keep_password=True)
        _accept(realm, db, member, invitation, user)
        return invitation.org_id


def _accept(
    realm: Realm, db: Session, caller: Caller, invitation: Invitation, user: User
) -> None:
    org_id = invitation.org_id
    if org_id is not None and scope_of(realm, db, user.id, org_id) is None:
        try:
            realm.feature("orgs").join(
                realm, db, caller, user, org_id, invitation.permissions
            )
        except (LookupError, ValueError):
            raise Refused(TOKEN_INVALID) from None  # there is no such org any more
    invitation.accepted_by = user.id
    kind = Accepted if org_id is None else OrgAccepted
    event = kind(user_id=user.id, invitation_id=invitation.id, org_id=org_id)
    realm.record(db, event, caller)
    log.info("invitation accepted user=%s invitation=%s", user.id, invitation.id)
