"""Those who look after a realm, in one where everybody has a second factor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from arware.kit.web import Phase
from arware.kit.web.joining import Joined, Step

from .. import factors, operators, people, sessions
from ..caller import Operator
from ..models import PendingLogin
from ..realm import Realm
from ..sessions import Visitor
from .support import Browser, caller_at, cookie_of

OPS = "ops@example.com"
BOTH = ("password", "totp")


def _is_needed(_realm: Any, _db: Any, _user: Any, pending: PendingLogin) -> bool:
    return factors.is_needed(pending)


class Guarded(Realm):
    """A realm whose logins all take a second factor, whichever features there are."""

    @property
    def joined(self) -> Joined:
        """What the features have added, and a factor."""
        step = Step("totp", Phase.FACTOR, "login", _is_needed)
        return replace(super().joined, steps=[step])


def add_operator(realm: Realm, name: str = OPS) -> str:
    """Add somebody who looks after the realm; return the id."""
    user_id = realm.add_user(name, email_verified=True)
    caller = realm.operator()
    with realm.writing(caller) as db:
        user = people.find_locked(db, name)
        assert user is not None
        operators.add(realm, db, user, caller)
    return user_id


def enter(realm: Realm, name: str = OPS, factors: tuple[str, ...] = BOTH) -> Browser:
    """Return the browser of somebody who has logged in by these *factors*."""
    opened = opened_by(realm, name, factors)
    browser = Browser(realm)
    browser.app.cookiejar.set_cookie(cookie_of("arrealm", opened.cookie))
    return browser


def operator(realm: Realm, name: str = OPS) -> Operator:
    """Return an operator who asks now."""
    opened = opened_by(realm, name)
    user = opened.visitor.user
    return caller_at(realm.now).operating(Visitor(opened.visitor.session, user))


def opened_by(
    realm: Realm, name: str, factors: tuple[str, ...] = BOTH
) -> sessions.Opened:
    """Return a new session of somebody who has logged in by these *factors*."""
    with realm.writing() as db:
        user = people.by_login_name(db, name)
        assert user is not None
        caller = caller_at(realm.now)
        return sessions.open_session(realm, db, user, caller, factors)
