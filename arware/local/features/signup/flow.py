"""Signing up: a user, and the login to the new account, all at once."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from arware.kit.web.refusals import Reason, Refused

from ... import login, people, tries
from ...actions.accounts import OWNER, add_membership, add_org
from ...caller import Caller
from ...login import LoggedIn, Pending
from ...models import Org, User
from ...texts import _, gather

if TYPE_CHECKING:
    from ...realm import Realm

log = logging.getLogger("arware.local")

CLOSED = Reason("signup_closed", _("Sign-up is closed."))
TOO_MANY = Reason(
    "too_many_signups",
    _("Too many accounts were created from your network. Try again later."),
    429,
)


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody typed who wants an account."""

    email: str
    password: str = field(repr=False)
    first_name: str = ""
    last_name: str = ""
    org_name: str = ""


def sign_up(
    realm: Realm, caller: Caller, wish: SignUp, then: str = ""
) -> LoggedIn | Pending:
    """
    Make an account and log its owner in.

    User, what features add to one, and session are one transaction: after whatever
    accident all are there or none. Of two that want one address at once the database
    lets one win. Raises :class:`~...texts.Refused`.
    """
    if realm.settings.signup == "closed":
        raise Refused(CLOSED)
    checked = _checked(realm, wish)
    tries.take(realm, caller, tries.SIGN_UPS, reason=TOO_MANY)
    user = User(
        email=checked.email,
        password_hash=realm.hash_new(checked.password),
        first_name=checked.first_name or None,
        last_name=checked.last_name or None,
    )
    try:
        with realm.writing() as db:
            people.add(realm, db, caller, user)
            org = add_org(db, Org(name=checked.org_name or user.name[:100]), caller.now)
            add_membership(db, user, org, OWNER, caller.now)
            done = login.finish(realm, db, caller, user, "password", then)
            if isinstance(done, LoggedIn):
                done.visitor.session.org_id = org.id
    except Refused as refused:
        log.info("signup refused reason=%s ip=%s", refused.reason.word, caller.ip)
        raise
    log.info("signup succeeded user=%s org=%s ip=%s", user.id, org.id, caller.ip)
    return done


def _checked(realm: Realm, wish: SignUp) -> SignUp:
    """Return *wish* in its canonical form. Raises Refused with all that is wrong."""
    context = (wish.email, wish.first_name, wish.last_name, wish.org_name)
    values = gather(
        lambda: people.read_email(wish.email),
        lambda: people.read_password(realm, wish.password, context),
        lambda: people.read_name(wish.first_name, "first_name"),
        lambda: people.read_name(wish.last_name, "last_name"),
        lambda: people.read_name(wish.org_name, "org_name"),
    )
    return SignUp(*values)
