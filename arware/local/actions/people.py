"""Making users, orgs and memberships, and judging what is typed about them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from arware.kit.canonical import canonical_email, clean_name
from arware.kit.passwords import LONGEST_BYTES, normalise
from arware.kit.secrets import new_id

from ..models import Membership, Org, User
from ..store import Store
from .outcome import Refused

#: What somebody who makes an org may do there.
OWNER = ("ar:owner", "ar:admin")

_OTHER = "Use several words that have nothing to do with one another."
_FLAWS = {
    "missing": "Choose a password.",
    "too_long": f"Use at most {LONGEST_BYTES} bytes.",
    "common": f"This password is on the lists that are tried first. {_OTHER}",
    "context": "This password is made of your own name or address, or ours. Use one "
    "that others could not guess from them.",
    "guessable": "This password is easy to guess: common words, repetitions, dates and "
    f"keys side by side are tried early. {_OTHER}",
    "breached": "This password is known from a data leak, so it is tried early. Use "
    "another one here, and wherever else you have used it.",
}


def read_email(text: str, field: str = "email") -> str | Refused:
    """Return the canonical e-mail address."""
    if not text.strip():
        return Refused("email_missing", "Enter your e-mail address.", field)
    address = canonical_email(text)
    if address is None:
        message = "Enter an e-mail address like name@example.com."
        return Refused("email_invalid", message, field)
    return address


def read_name(text: str, field: str, what: str) -> str | Refused:
    """Return a cleaned name, perhaps an empty one."""
    name = clean_name(text)
    if name is None:
        message = f"Enter {what} of at most 100 ordinary characters."
        return Refused(f"{field}_invalid", message, field)
    return name


def read_password(
    store: Store, text: str, context: Iterable[str], field: str = "password"
) -> str | Refused:
    """Return a new password that is good enough, in its normal form."""
    context = (*context, store.settings.name, store.settings.url.host)
    flaw = store.password_rules.flaw(text, context)
    if flaw == "too_short":
        least = store.password_rules.minimum
        message = f"Use at least {least} characters. Several words are easiest to keep."
        return Refused("password_too_short", message, field)
    if flaw is not None:
        return Refused(f"password_{flaw}", _FLAWS[flaw], field)
    return normalise(text)


def add_user(database: Session, user: User, now: int) -> User:
    """Add *user*. The database refuses an e-mail address that is taken."""
    user.id = new_id("usr")
    user.created_at = now
    user.password_changed_at = None if user.password_hash is None else now
    database.add(user)
    database.flush()
    return user


def add_org(database: Session, org: Org, now: int) -> Org:
    """Add *org*."""
    org.id = new_id("org")
    org.created_at = now
    database.add(org)
    database.flush()
    return org


def add_membership(
    database: Session, user: User, org: Org, permissions: Iterable[str], now: int
) -> Membership:
    """Put *user* into *org*."""
    membership = Membership(
        id=new_id("mb"),
        user_id=user.id,
        org_id=org.id,
        permissions=list(permissions),
        created_at=now,
    )
    database.add(membership)
    database.flush()
    return membership
