"""Looking after accounts: finding them, and doing what features offer."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from arware.kit.operator import Action
from arware.kit.secrets import is_id
from arware.kit.web import Reason, Refused
from arware.kit.web.refusals import NOT_FOUND

from ... import mail, operators, overview, people, sessions
from ...caller import Operator
from ...events import Event
from ...models import EventRow, LoginSession, User
from ...scopes import scopes_of
from ...texts import _

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

NOTHING_TO_DO = Reason(
    "nothing_to_do",
    _("Someone else was faster, or this is not possible any more. Check the account."),
    409,
    _("There is nothing to do"),
)


class MailRetried(Event):
    """The operator had all waiting mails sent at once."""

    type = "mail.retried"
    title = _("Waiting messages were sent at once.")


# Looking.


def users(db: Session, text: str, after: str, most: int) -> Sequence[User]:
    """
    Return up to *most* users in whose name, address or id *text* is.

    They come by what they log in with, from the one behind the user with the id *after*
    on.
    """
    found = select(User).order_by(*people.BY_LOGIN_NAME).limit(most)
    if is_id(text, "usr"):
        found = found.where(User.id == text)
    elif text:
        found = found.where(overview.matches(text))
    last = db.get(User, after)
    if last is not None:
        name = people.BY_LOGIN_NAME[0]
        found = found.where(
            or_(
                name > last.login_name,
                (name == last.login_name) & (User.id > last.id),
            )
        )
    return db.scalars(found).all()


def names(realm: Realm, db: Session, rows: Iterable[EventRow]) -> dict[str, str]:
    """
    Return what is named in events, by ids: users by what they log in with, and orgs.

    Of users who are gone there is nothing, nor of orgs in which no user named is.
    """
    told = ((row.user_id, *(row.data or {}).values()) for row in rows)
    ids = {one for values in told for one in values if isinstance(one, str)}
    users = list(db.scalars(select(User).where(User.id.in_(ids))))
    scopes = scopes_of(realm, db, [user.id for user in users]).values()
    orgs = {org.org_id: org.name for one in scopes for org in one}
    return orgs | {user.id: user.login_name for user in users}


def offered(realm: Realm, db: Session, user: User) -> dict[str, Action]:
    """Return what can be done to *user* now, by name."""
    if operators.is_one(db, user.id):
        return {}
    actions = realm.joined.actions.items()
    return {name: one for name, one in actions if one.offered(realm, db, user)}


# Doing.


def act(realm: Realm, operator: Operator, user_id: str, name: str) -> Action:
    """Do the action *name* to a user; return the action. Raises ``Refused``."""
    action = realm.joined.actions.get(name)
    if action is None:
        raise Refused(NOT_FOUND)
    with realm.writing(operator) as db:
        user = operators.target(db, operator, user_id)
        if not action.offered(realm, db, user):
            raise Refused(NOTHING_TO_DO)
        action.do(realm, db, user, operator)
    log.info("operator acted operator=%s user=%s %s", operator.user.id, user_id, name)
    return action


def add_user(realm: Realm, operator: Operator, user: User) -> str:
    """Add *user*, who has no password yet; return the id. Raises ``Refused``."""
    with realm.writing(operator) as db:
        people.add(realm, db, operator, user)
    return user.id


def end_session(realm: Realm, operator: Operator, session_id: str) -> str:
    """End a session; return its user's id. Raises ``Refused``."""
    with realm.writing(operator) as db:
        session = db.get(LoginSession, session_id)
        if session is None:
            raise Refused(NOT_FOUND)
        user = operators.target(db, operator, session.user_id)
        if not sessions.end(realm, db, session_id, operator):
            raise Refused(NOTHING_TO_DO)
    return user.id


def retry_mail(realm: Realm, operator: Operator) -> int:
    """Make all mails that wait due; return how many."""
    with realm.writing(operator) as db:
        found = mail.outbox(realm).retry(db, operator.now)
        realm.record(db, MailRetried(user_id=operator.user.id), operator)
    realm.jobs.wake("mail.deliver")
    return found
