"""``arware realm user suspend``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arware.kit.operator import Line, NotDone, Remark, Run, iso

from ...command.users import add_name, named
from . import flow

if TYPE_CHECKING:
    from ...realm import Realm


def suspend(parser: argparse.ArgumentParser) -> Run:
    """Suspend a user, and log them out everywhere."""
    add_name(parser)
    parser.add_argument("--reason", required=True, help="why; they are told so by mail")
    parser.add_argument(
        "--days",
        type=int,
        default=0,
        help="for how many days (default: until it is lifted)",
    )
    return _suspend


def _suspend(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    name, days, caller = arguments.name, arguments.days, realm.operator()
    if not 0 <= days <= flow.MOST_DAYS:
        raise NotDone(f"days: Give 1 to {flow.MOST_DAYS}, or leave it out.", "days")
    reason = arguments.reason.strip()
    if not reason or len(reason) > flow.LONGEST_REASON or not reason.isprintable():
        said = f"reason: Give 1 to {flow.LONGEST_REASON} characters."
        raise NotDone(said, "reason")
    with realm.writing(caller) as db:
        user = named(db, name, lock=True)
        ends_at = flow.suspend(realm, db, user, caller, reason, days)
    said = f"{name} is suspended, and all their logins at the realm have ended."
    yield Line(said, {"user_id": user.id, "ends_at": iso(ends_at)})
    yield Remark("Applications that mount the realm notice within 30 seconds.")
