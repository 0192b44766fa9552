"""``arware realm remove-totp EMAIL``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

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
    email = arguments.email
    flow.take_away(realm, email)
    return f"One-time passwords of {email} are off, and all their logins ended."
