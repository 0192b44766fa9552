"""Making users, orgs and memberships, and judging what is typed about them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from arware.kit.canonical import MOST_TYPED, canonical_email, clean_name
from arware.kit.password_rules import weakness
from arware.kit.passwords import LONGEST_BYTES, cut, normalise
from arware.kit.secrets import new_id

from ..models import Membership, Org, User
from ..store import Store
from .outcome import Refused

#: What somebody who makes an org may do there.
OWNER = ("ar:owner", "ar:admin")

_WEAK = {
    "common": "This password is on the lists that are tried first. Use several words "
    "that have nothing to do with one another.",
    "context": "This password is made of your own name or address, or ours. Use one "
    "that others could not guess from them.",
    "guessable": "This password is easy to guess: common words, repetitions, dates and "
    "keys side by side are tried early. Use several words that have nothing to do with "
    "one another.",
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
    password = normalise(cut(text))
    least = store.settings.password_minimum
    if not password:
        return Refused("password_missing", "Choose a password.", field)
    if len(password) < least:
        message = f"Use at least {least} characters. Several words are easiest to keep."
        return Refused("password_too_short", message, field)
    if len(password.encode("utf-8", "surrogatepass")) > LONGEST_BYTES:
        message = f"Use at most {LONGEST_BYTES} bytes."
        return Refused("password_too_long", message, field)
    context = (*context, store.settings.name, store.settings.url.host)
    known = [text[:MOST_TYPED] for text in context]
    weak = weakness(password, known, store.refused)
    if weak is not None:
        return Refused(f"password_{weak}", _WEAK[weak], field)
    return password


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
