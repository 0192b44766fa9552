"""People who have an authenticator application."""

from __future__ import annotations

from dataclasses import dataclass

import pyotp

from ... import people
from ...caller import Caller
from ...features.totp import flow
from ...login import LoggedIn, Pending
from ...models import User
from ...realm import Realm
from ..conftest import find
from ..support import ADA, caller_at, first_proof, member


@dataclass(frozen=True)
class Application:
    """An authenticator application that has scanned a secret."""

    secret: str

    def code(self, now: float, steps: int = 0) -> str:
        """Return what it shows, or showed or will show so many steps away."""
        return pyotp.TOTP(self.secret).at(int(now) + 30 * steps)


def caller_of(realm: Realm, done: LoggedIn | None = None) -> Caller:
    """Return somebody who asks now, in the session of a login if they have one."""
    visitor = None if done is None else done.visitor
    return caller_at(realm.now, visitor=visitor)


def confirm(realm: Realm, email: str = ADA, done: LoggedIn | None = None) -> User:
    """Let a user prove the address; return them."""
    user, caller = find(realm, email), caller_of(realm, done)
    with realm.writing() as db:
        people.prove_address(realm, db, user, caller, keep_password=True)
    return find(realm, email)


def switch_on(
    realm: Realm, email: str = ADA, done: LoggedIn | None = None
) -> Application:
    """Switch one-time passwords on, by the code that is shown now."""
    confirm(realm, email, done)
    asks = member(realm, email, done)
    offer = flow.offer(realm, asks.user, asks.now)
    application = Application(offer.secret)
    flow.switch_on(realm, asks, offer.sealed, application.code(asks.now))
    return application


def begin(realm: Realm, email: str = ADA) -> Pending:
    """Log in with the password where a code is asked for."""
    done = first_proof(realm, email)
    assert isinstance(done, Pending)
    return done


def log_in_whole(realm: Realm, email: str = ADA) -> LoggedIn:
    """Log in with the password where nothing else is asked for."""
    done = first_proof(realm, email)
    assert isinstance(done, LoggedIn)
    return done


def take_away(realm: Realm, name: str = ADA) -> None:
    """Switch them off as an operator."""
    with realm.writing() as db:
        user = people.find_locked(db, name)
        assert user is not None
        flow.take_away(realm, db, user, realm.operator())
