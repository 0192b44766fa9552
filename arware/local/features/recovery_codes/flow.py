"""Making codes, using one, taking them away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from arware.kit import recovery_codes
from arware.kit.recovery_codes import Digests
from arware.kit.web import Reason, Refused

from ... import factors
from ...caller import Caller, Member
from ...events import Event, FactorRemoved, Happening
from ...login import LoggedIn, Pending
from ...models import User
from ...texts import _
from .models import RecoveryCode

if TYPE_CHECKING:
    from ...realm import Realm

RECOVERY_CODE_WRONG = Reason(
    "recovery_code_wrong",
    _("This is not one of your recovery codes, or it was used already."),
)
FACTOR_MISSING = Reason(
    "factor_missing",
    _("Recovery codes replace a second factor. Set one up first."),
    403,
)

#: So few codes are too few: the person is told to make new ones.
LOW = 3


class RecoveryCodesMade(Event):
    """New codes replaced those of before."""

    type = "user.recovery_codes.made"
    title = _("New recovery codes were made.")
    notice = _("New recovery codes were made for your account.")


@dataclass(frozen=True, kw_only=True)
class RecoveryCodeUsed(Event):
    """A login, or a fresh proof, took a code; *left* can still be used."""

    type = "user.recovery_codes.used"
    title = _("A recovery code was used.")
    notice = _("One of your recovery codes was used.")
    labels = (("left", _("Left")),)

    left: int


def make(realm: Realm, member: Member) -> list[str]:
    """
    Return ten new codes, which nobody can look up again; those of before are void.

    The user's other sessions end (RQ-S5): somebody may have got in by an old one.
    Raises :class:`Refused` for somebody who has no second factor.
    """
    user = member.user
    with realm.writing(member) as db:
        if not factors.has_one(realm, db, user):
            raise Refused(FACTOR_MISSING)
        codes = recovery_codes.replace(db, RecoveryCode, _digests(realm), user.id)
        event = RecoveryCodesMade(user_id=user.id)
        factors.changed(realm, db, user, member, event)
    return codes


def left(realm: Realm, db: Session, user: User) -> int:
    """Return how many codes can still be used."""
    return recovery_codes.left(db, RecoveryCode, _digests(realm), user.id)


def answer(realm: Realm, caller: Caller, cookie: str, code: str) -> LoggedIn | Pending:
    """Go on with a login by a code, in place of the second factor that it asks for."""

    def is_right(db: Session, user: User) -> bool:
        digests = _digests(realm)
        if not recovery_codes.use(db, RecoveryCode, digests, user.id, code):
            return False
        event = RecoveryCodeUsed(user_id=user.id, left=left(realm, db, user))
        realm.record(db, event, caller)
        return True

    wrong = Refused(RECOVERY_CODE_WRONG, "code")
    return factors.answer(realm, caller, cookie, "recovery_codes", is_right, wrong)


def forget(happening: Happening[FactorRemoved]) -> None:
    """Take the codes away with the last factor that they stood in for."""
    realm, db = happening.realm, happening.db
    user = db.get_one(User, happening.event.user_id)
    if not factors.has_one(realm, db, user):
        recovery_codes.remove(db, RecoveryCode, user.id)


def _digests(realm: Realm) -> Digests:
    return partial(realm.digests, "recovery-code")
