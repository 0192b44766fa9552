"""Changing one's own name and e-mail address."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from arware.kit.web import Reason, Refused

from ... import proof, tries
from ...caller import Caller
from ...events import EmailUpdated, ProfileUpdated
from ...models import User
from ...sessions import Visitor
from ...texts import PASSWORD_NEEDED, PASSWORD_WRONG, _

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

TOO_MANY = Reason(
    "too_many_addresses",
    _("Too many addresses were entered from your network. Try again later."),
    429,
)
TAKEN = Reason("email_taken", _("Another account has this e-mail address."))


def change_details(
    realm: Realm, caller: Caller, visitor: Visitor, first_name: str, last_name: str
) -> None:
    """Change the name."""
    user = visitor.user
    names = {"first_name": first_name or None, "last_name": last_name or None}
    with realm.writing() as db:
        db.execute(update(User).where(User.id == user.id).values(names))
        event = ProfileUpdated(user_id=user.id, fields=tuple(names))
        realm.record(db, event, caller)
    log.info("profile changed user=%s", user.id)


def change_email(
    realm: Realm,
    caller: Caller,
    visitor: Visitor,
    *,
    email: str,
    current_password: str,
) -> None:
    """
    Change the address, with the current password.

    Raises :class:`~arware.kit.web.Refused`.
    """
    user = visitor.user
    if email == user.email:
        return
    if not current_password:
        raise Refused(PASSWORD_NEEDED, "current_password")
    proof.check_own_password(
        realm, caller, user, current_password, PASSWORD_WRONG, "current_password"
    )
    tries.take(realm, caller, tries.SIGN_UPS, reason=TOO_MANY)
    values = {
        "email": email,
        "email_verified": False,
        "credential_version": User.credential_version + 1,
    }
    try:
        with realm.writing() as db:
            if proof.unchanged(db, user) is None:
                raise Refused(PASSWORD_WRONG, "current_password")
            db.execute(update(User).where(User.id == user.id).values(values))
            event = EmailUpdated(user_id=user.id, old=user.email, email=email)
            realm.record(db, event, caller)
    except IntegrityError:
        raise Refused(TAKEN, "email") from None
    log.info("address changed user=%s", user.id)
