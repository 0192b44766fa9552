"""Signing up: a user, an org of their own, and the membership, all at once."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from arware.kit.addresses import neighbourhood
from arware.kit.passwords import Busy
from arware.kit.throttle import SIGNUPS, Counted, take

from ..models import Org, Throttle, User
from ..store import Store
from .caller import Caller
from .outcome import BUSY, Refused, together
from .people import (
    OWNER,
    add_membership,
    add_org,
    add_user,
    read_email,
    read_name,
    read_password,
)
from .sessions import LoggedIn, open_session

log = logging.getLogger("arware.local")

EMAIL_TAKEN = Refused(
    "email_taken",
    "There is already an account with this e-mail address. Log in instead.",
    "email",
)
CLOSED = Refused("signup_closed", "Sign-up is closed.")
TOO_MANY = "Too many accounts were created from your network. Try again later."


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody typed who wants an account."""

    email: str
    password: str = field(repr=False)
    first_name: str = ""
    last_name: str = ""
    org_name: str = ""


def sign_up(
    store: Store,
    wish: SignUp,
    *,
    caller: Caller,
    now: int,
    instead_of: str | None = None,
) -> LoggedIn | Refused:
    """
    Make an account and log its owner in.

    User, org, membership and session are one transaction: after whatever accident all
    are there or none. Of two that want one address at once the database lets one win.
    """
    if store.settings.signup == "closed":
        return CLOSED
    checked = _checked(store, wish)
    if isinstance(checked, Refused):
        return checked
    wait = count(store, caller, now)
    if wait:
        return Refused("too_many_signups", TOO_MANY, wait=wait)
    try:
        hashed = store.passwords.hash(checked.password)
    except Busy:
        return BUSY
    user = User(
        email=checked.email,
        password_hash=hashed,
        first_name=checked.first_name or None,
        last_name=checked.last_name or None,
        last_login_at=now,
    )
    try:
        with store.writing() as database:
            add_user(database, user, now)
            org = Org(name=checked.org_name or user.name[:100])
            add_org(database, org, now)
            add_membership(database, user, org, OWNER, now)
            login = open_session(
                store, database, user, caller, now, instead_of=instead_of
            )
            login.visitor.session.org_id = org.id
    except IntegrityError:
        log.info("signup refused reason=email_taken ip=%s", caller.ip)
        return EMAIL_TAKEN
    log.info("signup succeeded user=%s org=%s ip=%s", user.id, org.id, caller.ip)
    return login


def count(store: Store, caller: Caller, now: int) -> int:
    """
    Count a new address, or return for how many seconds none is taken.

    Whether an address is taken is told to who tries it, so tries are few.
    """
    key = store.digest("throttle", f"signups {neighbourhood(caller.ip)}")
    with store.writing() as database:
        return take(database, Throttle, [Counted(SIGNUPS, key)], now)


def _checked(store: Store, wish: SignUp) -> SignUp | Refused:
    """Return *wish* in its canonical form, or all that is wrong with it."""
    context = (wish.email, wish.first_name, wish.last_name, wish.org_name)
    values = (
        read_email(wish.email),
        read_password(store, wish.password, context),
        read_name(wish.first_name, "first_name", "a first name"),
        read_name(wish.last_name, "last_name", "a last name"),
        read_name(wish.org_name, "org_name", "a name"),
    )
    refused = together([value for value in values if isinstance(value, Refused)])
    return refused or SignUp(*map(str, values))
