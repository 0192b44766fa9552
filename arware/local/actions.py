"""What an operator may do to a user, whichever features there are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from arware.kit.operator import Action

from . import people, sessions
from .caller import Caller
from .models import LoginSession, User
from .texts import _

if TYPE_CHECKING:
    from arware.kit.web import Config

    from .realm import Realm


def includeme(config: Config) -> None:
    """Add them."""
    for name, action in ACTIONS.items():
        config.add_operator_action(name, action)


def is_active(_realm: Realm, _db: Session, user: User) -> bool:
    """Tell whether *user* may log in."""
    return user.state == "active"


def _is_disabled(_realm: Realm, _db: Session, user: User) -> bool:
    return user.state != "active"


def has_sessions(realm: Realm, db: Session, user: User) -> bool:
    """Tell whether *user* is logged in anywhere."""
    alive = sessions.alive(realm.now)
    asked = select(LoginSession.id).where(LoginSession.user_id == user.id, *alive)
    return db.execute(asked.limit(1)).first() is not None


def _end_sessions(realm: Realm, db: Session, user: User, caller: Caller) -> None:
    sessions.end_all(realm, db, user, caller)


ACTIONS = {
    "unlock": Action(
        label=_("Unlock"),
        text=_("Lets them try passwords and codes again at once."),
        done=_("They may try again at once."),
        do=people.unlock,
        offered=is_active,
    ),
    "end-sessions": Action(
        label=_("End all logins"),
        text=_("Logs them out in all browsers. They may log in again."),
        done=_("All their logins have ended."),
        do=_end_sessions,
        offered=has_sessions,
    ),
    "disable": Action(
        label=_("Disable the account"),
        text=_("Logs them out. They cannot log in until you enable the account again."),
        done=_("The account is disabled."),
        do=partial(people.change_state, state="inactive"),
        offered=is_active,
    ),
    "enable": Action(
        label=_("Enable the account"),
        text=_("Lets them log in again."),
        done=_("The account is enabled."),
        do=partial(people.change_state, state="active"),
        offered=_is_disabled,
    ),
}
