"""``arware realm suspend`` and ``unsuspend``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arware.kit.operator import Remark, Run
from arware.kit.web import Refused

from ... import people
from ...texts import english
from . import flow

if TYPE_CHECKING:
    from ...realm import Realm


def suspend(parser: argparse.ArgumentParser) -> Run:
    """Suspend a user, and log them out everywhere."""
    parser.add_argument("name", help="the user's e-mail address or user name")
    parser.add_argument("--reason", required=True, help="why; they are told so by mail")
    parser.add_argument(
        "--days", type=int, default=0, help="for how long; without it until unsuspend"
    )
    return _suspend


def unsuspend(parser: argparse.ArgumentParser) -> Run:
    """Let a suspended user log in again."""
    parser.add_argument("name", help="the user's e-mail address or user name")
    return _unsuspend


def _suspend(realm: Realm, arguments: argparse.Namespace) -> Iterator[str]:
    name, days, caller = arguments.name, arguments.days, realm.operator()
    if not 0 <= days <= flow.MOST_DAYS:
        raise ValueError(f"days: Give 1 to {flow.MOST_DAYS}, or leave it out.")
    reason = arguments.reason.strip()
    if not reason or len(reason) > flow.LONGEST_REASON or not reason.isprintable():
        raise ValueError(f"reason: Give 1 to {flow.LONGEST_REASON} characters.")
    with realm.writing(caller) as db:
        user = people.lock_by_login_name(db, name)
        if user is None:
            raise ValueError(f"there is no user {name}")
        try:
            flow.suspend(realm, db, user, caller, reason, days)
        except Refused as refused:
            raise ValueError(english(refused)) from None
    yield f"{name} is suspended, and all their logins at the realm have ended."
    yield Remark("Applications that mount the realm notice within 30 seconds.")


def _unsuspend(realm: Realm, arguments: argparse.Namespace) -> str:
    name, caller = arguments.name, realm.operator()
    with realm.writing(caller) as db:
        user = people.lock_by_login_name(db, name)
        if user is None or not flow.lift(realm, db, user, caller):
            raise ValueError(f"there is no suspended user {name}")
    return f"{name} may log in again."
