"""A copy of one's data; closing an account, keeping it after all, and its deletion."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from arware.kit.jobs import do_each
from arware.kit.web import Refused

from ... import exporting, locking, login, mail, sessions, tries
from ...caller import Caller, Member
from ...events import AccountClosing, Event
from ...login import LoggedIn, Pending
from ...models import PendingLogin, User
from ...texts import PENDING_OVER, _
from .models import Closure
from .settings import CloseAccount

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

DAY = 86_400
STEP = "close_account"


class DataExported(Event):
    """The user took a copy of all that the realm holds about them."""

    type = "user.exported"
    title = _("A copy of all data was downloaded.")
    notice = _("A copy of all data of your account was downloaded.")


class AccountKept(Event):
    """The user came back before the account was deleted, and keeps it."""

    type = "user.kept"
    title = _("The account is open again.")
    notice = _("Your account is open again. It will not be deleted.")


def export(realm: Realm, member: Member) -> dict[str, Any]:
    """Return a copy of all that the realm holds about *member*, and record that."""
    with realm.writing(member) as db:
        user = db.get_one(User, member.user.id)
        realm.record(db, DataExported(user_id=user.id), member)
        db.flush()
        return exporting.export(realm, db, user, member.now)


def close(realm: Realm, member: Member) -> int:
    """
    Close the account of *member*; return when it will be deleted.

    All sessions end, and logins that wait: one may have been asked already whether to
    keep the account, after it was closed before. Raises ``Refused`` where a feature has
    something to be settled before, as with orgs that would have no owner.
    """
    due_at = member.now + realm.settings[CloseAccount].days * DAY
    with realm.writing(member) as db:
        user = db.get_one(User, member.user.id)
        realm.record(db, AccountClosing(user_id=user.id, due_at=due_at), member)
        db.add(Closure(user_id=user.id, closed_at=member.now, due_at=due_at))
        if tries.may_tell(realm, db, user, member.now):
            template, values = "close_account/closed", {"due_at": due_at}
            locale, now = member.locale, member.now
            mail.write(realm, db, user, template, now, locale=locale, **values)
        sessions.end_all(realm, db, user, member)
        db.execute(delete(PendingLogin).where(PendingLogin.user_id == user.id))
    log.info("account closed user=%s ip=%s", user.id, member.ip)
    return due_at


def leaving(db: Session, user_ids: Iterable[str]) -> set[str]:
    """Return those of some users whose accounts are closed, and will be deleted."""
    closed = select(Closure.user_id).where(Closure.user_id.in_(user_ids))
    return set(db.scalars(closed))


def is_needed(_realm: Realm, db: Session, user: User, _pending: PendingLogin) -> bool:
    """Tell whether a login has to say whether to keep the account."""
    return db.get(Closure, user.id) is not None


def asked(realm: Realm, cookie: str, now: int) -> Closure | None:
    """Return the closure that the login of *cookie* is asked about, if it waits so."""
    with realm.reading() as db:
        user = login.waiting(realm, db, cookie, now, STEP)
        return None if user is None else db.get(Closure, user.id)


def keep(realm: Realm, caller: Caller, cookie: str) -> LoggedIn | Pending:
    """Keep the account, and go on with the login. Raises ``Refused`` if it is over."""
    with realm.writing(caller) as db:
        user = login.waiting(realm, db, cookie, caller.now, STEP, lock=True)
        if user is None:
            raise Refused(PENDING_OVER)
        db.execute(delete(Closure).where(Closure.user_id == user.id))
        realm.record(db, AccountKept(user_id=user.id), caller)
        log.info("account kept user=%s ip=%s", user.id, caller.ip)
        return login.go_on(realm, db, caller, cookie, STEP)


def delete_those_due(realm: Realm, now: int) -> None:
    """Delete the accounts whose time is over, as a job; tell their owners by mail."""
    due = Closure.due_at <= now
    with realm.reading() as db:
        user_ids = db.scalars(select(Closure.user_id).where(due)).all()
    do_each(user_ids, partial(_delete, realm, now))


def _delete(realm: Realm, now: int, user_id: str) -> None:
    with realm.writing() as db:
        user, row = locking.lock(db, user_id), db.get(Closure, user_id)
        # Its owner may have come back, and perhaps closed it again, meanwhile.
        if user is None or row is None or row.due_at > now:
            return
        email, locale = user.email, user.locale or ""
        is_told = tries.may_tell(realm, db, user, now)
        exporting.delete(realm, db, user, realm.operator())
        if email is not None and is_told:
            template = "close_account/deleted"
            mail.write(realm, db, email, template, now, locale=locale)
