"""``arware realm remove-totp EMAIL``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from arware.kit.canonical import canonical_email

from ... import people
from . import flow

if TYPE_CHECKING:
    from ...realm import Realm


def remove_totp(
    parser: argparse.ArgumentParser,
) -> Callable[[Realm, argparse.Namespace], str]:
    """Switch off one-time passwords of a user who lost the application."""
    parser.add_argument("email")
    return _remove


def _remove(realm: Realm, arguments: argparse.Namespace) -> str:
    address = canonical_email(arguments.email) or ""
    with realm.reading() as db:
        user = people.by_email(db, address)
    if user is None:
        raise ValueError(f"there is no user {arguments.email}")
    if not flow.take_away(realm, user):
        raise ValueError(f"{user.email} has no one-time passwords")
    return f"One-time passwords of {user.email} are off, and all their logins ended."
