"""Logging in with a name and a password, proving it anew, and changing it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from arware.kit.web import Refused

from ... import locking, login, people, proof, sessions, tries
from ...caller import Caller, Member
from ...events import PasswordUpdated
from ...login import LoggedIn, Pending
from ...models import User
from ...texts import LOGIN_FAILED

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")


def log_in(
    realm: Realm, caller: Caller, name: str, password: str
) -> LoggedIn | Pending:
    """
    Log in who knows the password of the user called *name*, an address or user name.

    Somebody unknown, somebody inactive, who has to confirm an address first, and a
    wrong password get the same refusal after the same work. Raises
    :class:`~arware.kit.web.Refused`.
    """
    failed = Refused(LOGIN_FAILED)
    with realm.reading() as db:
        known = people.by_login_name(db, name)
        if login.is_barred(realm, db, known or User(email=name)):
            failed.because("not_let_in" if known else "", known.id if known else "")
            known = None
    typed = people.canonical_login_name(name)
    taken = proof.check_password(realm, caller, known, typed, password, failed)
    if known is None:  # which check_password has refused
        raise failed
    hashed = proof.rehash(realm, known, password)
    with realm.writing(caller) as db:
        user = locking.unchanged(db, known)
        if user is None:
            raise failed
        tries.forgive(db, taken, caller.now)
        proof.store_hash(db, user, hashed)
        return login.finish(realm, db, caller, user, "password")


def prove(realm: Realm, member: Member, password: str) -> LoggedIn | Pending:
    """
    Prove the session of *member* anew by the password, and what else a login asks for.

    Raises :class:`~arware.kit.web.Refused`.
    """
    proof.check_own_password(realm, member, member.user, password, "password")
    with realm.writing(member) as db:
        return login.prove(realm, db, member, "password")


def change(
    realm: Realm, member: Member, *, current_password: str, password: str
) -> str:
    """
    Change the password and end all other sessions.

    Returns a new cookie for this session; the old one opens nothing any more. The
    password alone is no fresh proof: there may be a second factor. Raises
    :class:`~arware.kit.web.Refused`.
    """
    user = member.user
    wanted = people.read_password(
        realm, password, people.context_of(user), "new_password"
    )
    field = "current_password"
    proof.check_own_password(realm, member, user, current_password, field)
    hashed = realm.hash_new(wanted)
    with realm.writing(member) as db:
        people.set_password(db, user, hashed)
        ended = sessions.end_all(realm, db, user, member, but=member.session.id)
        cookie = sessions.renew(realm, db, member.session.id)
        realm.record(db, PasswordUpdated(user_id=user.id), member)
    log.info("password changed user=%s sessions_ended=%s", user.id, ended)
    return cookie
