"""A change that a member asks for, and what else happens to the account meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from arware.kit.web.refusals import Refused

from ... import people, sessions
from ...caller import Caller
from ...login import LoggedIn
from ...models import User
from ...realm import Realm
from ..support import caller_at, first_proof


def set_password(realm: Realm, db: Any, caller: Caller) -> None:
    """Give Ada another password."""
    people.set_password(db, _user(caller), realm.hash_new("plenty of blue mango"))


def disable(_realm: Realm, db: Any, _caller: Caller) -> None:
    """Disable everybody."""
    db.execute(update(User).values(state="inactive"))


def end_session(realm: Realm, db: Any, caller: Caller) -> None:
    """End the session, and nothing else."""
    assert caller.session_id is not None
    sessions.end(realm, db, caller.session_id, caller)


def rename(_realm: Realm, db: Any, _caller: Caller) -> None:
    """Change what protects nothing."""
    db.execute(update(User).values(first_name="Augusta"))


def _user(caller: Caller) -> User:
    assert caller.visitor is not None
    return caller.visitor.user


def ada_of(realm: Realm) -> Caller:
    """Return Ada, in a session of her own."""
    done = first_proof(realm)
    assert isinstance(done, LoggedIn)
    return caller_at(realm.now, visitor=done.visitor)


@pytest.mark.parametrize("happens", [set_password, disable, end_session])
def test_who_was_shut_out_meanwhile_changes_nothing(
    any_realm: Realm, happens: Any
) -> None:
    """What the request has read of them is over."""
    ada = ada_of(any_realm)
    with any_realm.writing() as db:
        happens(any_realm, db, ada)

    with any_realm.writing() as db, pytest.raises(Refused, match="account_changed"):
        sessions.still(db, ada, _user(ada))


def test_who_was_not_gets_the_user_as_it_is_now(any_realm: Realm) -> None:
    """And not as it was read before."""
    ada = ada_of(any_realm)
    with any_realm.writing() as db:
        rename(any_realm, db, ada)

    with any_realm.writing() as db:
        assert sessions.still(db, ada, _user(ada)).first_name == "Augusta"
