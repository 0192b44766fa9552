"""
Operators: those who look after the realm and the accounts in it.

A user with the permission ``realm:operator`` is one. It is given and taken by a command
only, since nobody is one from the beginning (RQ-N3), and counts in a login that took a
second factor. Accounts of operators are out of the reach of the pages, so that no
operator can shut out another, or become one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.orm import Session

from arware.kit.web.refusals import NOT_FOUND, Reason, Refused

from . import factors, locking
from .caller import Caller, Operator
from .events import Event
from .models import OperatorRow, User
from .sessions import Visitor
from .texts import _

if TYPE_CHECKING:
    from .realm import Realm

log = logging.getLogger("arware.local")

PERMISSION = "realm:operator"

FACTOR_NEEDED = Reason(
    "second_factor_needed",
    _("Switch on a second factor for your own account, and log in with it."),
    403,
    _("Operators need a second factor"),
)
IS_OPERATOR = Reason(
    "is_operator",
    _(
        "Only its owner can change the account of an operator, or someone who runs "
        "arware realm on the server."
    ),
    403,
    _("This is the account of an operator"),
)


class OperatorAdded(Event):
    """The user looks after the realm from now on."""

    type = "user.operator.added"
    title = _("The account was made that of an operator.")
    notice = _("You were made an operator, who looks after the accounts of others.")


class OperatorRemoved(Event):
    """The user does not look after the realm any more."""

    type = "user.operator.removed"
    title = _("The account is not that of an operator any more.")
    notice = _("You are not an operator any more.")


def is_one(db: Session, user_id: str) -> bool:
    """Tell whether a user is an operator."""
    return db.get(OperatorRow, user_id) is not None


def check(realm: Realm, db: Session, visitor: Visitor) -> None:
    """
    Raise :class:`Refused` unless *visitor* is an operator whose login took a second
    factor, or who has one to be asked for.

    To who is none it says that there is no such page.
    """
    if visitor.session.impersonator is not None or not is_one(db, visitor.user.id):
        raise Refused(NOT_FOUND)
    lacks_one = factors.is_needed(visitor.session)
    if lacks_one and not factors.has_one(realm, db, visitor.user):
        raise Refused(FACTOR_NEEDED)


def target(db: Session, operator: Operator, user_id: str) -> User:
    """
    Return, locked, the user whose account an operator wants to change.

    Operators are locked before others, and never two of them: see :mod:`.locking`.
    Raises :class:`Refused` if there is no such user, if that is an operator, and if
    *operator* is none any more.
    """
    if not is_one(db, operator.user.id):
        raise Refused(NOT_FOUND)
    if is_one(db, user_id):
        raise Refused(IS_OPERATOR)
    user = locking.lock(db, user_id)
    if user is None:
        raise Refused(NOT_FOUND)
    return user


def add(realm: Realm, db: Session, user: User, caller: Caller) -> bool:
    """Make *user* an operator. Returns whether they were none."""
    if is_one(db, user.id):
        return False
    db.add(OperatorRow(user_id=user.id, created_at=caller.now))
    realm.record(db, OperatorAdded(user_id=user.id), caller)
    log.info("operator added user=%s", user.id)
    return True


def remove(realm: Realm, db: Session, user: User, caller: Caller) -> bool:
    """Take the permission from *user*. Returns whether they had it."""
    gone = delete(OperatorRow).where(OperatorRow.user_id == user.id)
    if not db.scalars(gone.returning(OperatorRow.user_id)).all():
        return False
    realm.record(db, OperatorRemoved(user_id=user.id), caller)
    log.info("operator removed user=%s", user.id)
    return True
