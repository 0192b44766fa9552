"""Logging in with a name and a password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arware.kit.canonical import canonical_email
from arware.kit.web.refusals import Refused

from ... import login, people, proof, tries
from ...caller import Caller
from ...login import LoggedIn, Pending
from ...texts import LOGIN_FAILED

if TYPE_CHECKING:
    from ...realm import Realm


def log_in(
    realm: Realm, caller: Caller, name: str, password: str, then: str = ""
) -> LoggedIn | Pending:
    """
    Log in who knows the password of the user called *name*, an address or user name.

    Somebody unknown, somebody inactive and a wrong password get the same refusal after
    the same work. Raises :class:`~...texts.Refused`.
    """
    with realm.reading() as db:
        known = people.by_login_name(db, name)
    typed = canonical_email(name) or name
    failed = Refused(LOGIN_FAILED)
    taken = proof.check_password(realm, caller, known, typed, password, failed)
    if known is None:  # which check_password has refused
        raise failed
    hashed = proof.rehash(realm, known, password)
    with realm.writing() as db:
        user = proof.unchanged(db, known)
        if user is None:
            raise failed
        tries.forgive(db, taken, caller.now)
        proof.store_hash(db, user, hashed)
        return login.finish(realm, db, caller, user, "password", then)
