"""``arware realm remove-passkeys NAME``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from ... import people
from . import flow

if TYPE_CHECKING:
    from ...realm import Realm


def remove_passkeys(
    parser: argparse.ArgumentParser,
) -> Callable[[Realm, argparse.Namespace], str]:
    """Remove all passkeys of a user who lost them."""
    parser.add_argument("name", help="the user's e-mail address or user name")
    return _remove


def _remove(realm: Realm, arguments: argparse.Namespace) -> str:
    name, caller = arguments.name, realm.operator()
    with realm.writing(caller) as db:
        user = people.lock_by_login_name(db, name)
        if user is None or not flow.has_one(db, user):
            raise ValueError(f"there is no user {name} with a passkey")
        flow.take_away(realm, db, user, caller)
    return f"The passkeys of {name} are removed, and all their logins ended."
