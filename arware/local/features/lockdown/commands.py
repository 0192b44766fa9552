"""``arware realm lockdown``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from arware.kit.database import failure_of
from arware.kit.operator import Line, NotDone, Remark, Run

from . import flow

if TYPE_CHECKING:
    from ...realm import Realm

#: What is typed to go on.
WORDS = "lock down"


def lockdown(parser: argparse.ArgumentParser) -> Run:
    """Log everybody out, void all links and tokens, and have passwords chosen anew."""
    parser.add_argument(
        "--keep-passwords", action="store_true", help="only log out, and void links"
    )
    parser.add_argument(
        "--mails-a-minute",
        type=int,
        default=flow.MAILS_A_MINUTE,
        metavar="N",
        help="how fast mails go out (default: %(default)s)",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask first")
    return _lock_down


def _lock_down(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    if arguments.mails_a_minute < 1:
        raise NotDone("--mails-a-minute takes 1 or more")
    plan = flow.Plan(
        keep_passwords=arguments.keep_passwords,
        mails_a_minute=arguments.mails_a_minute,
    )
    flow.check(realm, plan)
    if not arguments.yes:
        _confirm(realm, plan, is_asked=not arguments.json)
    done = flow.Done()
    try:
        for done in flow.lock_down(realm, plan):  # noqa: B007  The last one counts.
            pass
    except (KeyboardInterrupt, SQLAlchemyError) as error:
        why = "interrupted"
        if isinstance(error, SQLAlchemyError):
            why = failure_of(error)
        said = f"{why}; {done.users} users are done, run it again to go on"
        raise NotDone(said, "broken_off") from None
    yield Line(
        f"{done.users} users: {done.sessions} logins ended, "
        f"{done.passwords} passwords switched off, {done.mails} mails written",
        {
            "users": done.users,
            "sessions_ended": done.sessions,
            "passwords_off": done.passwords,
            "mails": done.mails,
            "without_address": done.unreachable,
        },
    )
    if done.unreachable:
        yield Remark(
            f"Without an e-mail address are {done.unreachable}: hand each of them what "
            "`user reset-link NAME` prints."
        )
    if done.mails:
        minutes = -(-done.mails // plan.mails_a_minute)
        yield Remark(f"The last mail goes out in {minutes} min.")
    yield Remark(
        "Applications notice at their next check, or when a login's token ends: within "
        f"{realm.settings.jwt_minutes} minutes. If the secret or a key may be known, "
        "change those, too."
    )


def _confirm(realm: Realm, plan: flow.Plan, *, is_asked: bool) -> None:
    """Ask, or say how to do without being asked."""
    count = flow.count(realm)
    words = "" if plan.keep_passwords else ", and each needs a new password"
    said = f"This logs out everybody ({count}) of {realm.settings.name}{words}."
    if not is_asked or not sys.stdin.isatty():
        raise NotDone(f"{said} Say --yes if you want that", "not_confirmed")
    sys.stderr.write(f'{said}\nType "{WORDS}" to go on: ')
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() != WORDS:
        raise NotDone("nothing was done", "not_confirmed")
