"""``arware realm user``: add, list and disable users from a terminal."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from arware.web.text import shown

from ..naming import COMMAND
from ..scopes import OWNER
from ..seeding import NewUser, add_user
from . import existing
from .terminal import CommandError, realm_of, remark, safely, say, with_config


def add_parsers(parser: Any) -> None:
    """Add the actions to *parser*."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = with_config(actions.add_parser("add", help="add a user"))
    add.add_argument(
        "name", help="an e-mail address; or for somebody without one, a user name"
    )
    add.add_argument("--first-name", default="")
    add.add_argument("--last-name", default="")
    add.add_argument("--org", help="a new org's name, or the id of one (org_...)")
    add.add_argument(
        "--permission",
        action="append",
        help="a permission there; may be repeated (default: ar:owner, ar:admin)",
    )
    add.set_defaults(run=safely(_add))
    existing.add_parser(actions)
    listing = with_config(actions.add_parser("list", help="list users"))
    listing.set_defaults(run=safely(_list))
    for name, state, words in (
        ("disable", "inactive", "disable a user, and log them out everywhere"),
        ("enable", "active", "let a user log in again"),
    ):
        change = with_config(actions.add_parser(name, help=words))
        _add_name(change)
        change.set_defaults(run=safely(_state), state=state)
    unlock = with_config(
        actions.add_parser("unlock", help="end the waits after too many tries")
    )
    _add_name(unlock)
    unlock.set_defaults(run=safely(_unlock))


def _add_name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", help="an e-mail address or a user name")


def _add(arguments: argparse.Namespace) -> None:
    if arguments.permission and not arguments.org:
        raise CommandError("--permission needs --org")
    permissions = arguments.permission or OWNER
    new = NewUser(
        email=arguments.name if "@" in arguments.name else None,
        username=None if "@" in arguments.name else arguments.name,
        password=_ask_password(),
        first_name=arguments.first_name,
        last_name=arguments.last_name,
        orgs={arguments.org: permissions} if arguments.org else {},
    )
    with realm_of(arguments) as realm:
        try:
            added = add_user(realm, new, realm.operator())
        except ValueError as error:
            raise CommandError(str(error)) from None
    for org_id, name, is_new in added.orgs:
        kind = "a new org" if is_new else "which was there"
        say(f"Added {added.user_id} to {org_id} ({shown(name)}), {kind}")
    if not added.orgs:
        say(f"Added {added.user_id}")


def _ask_password() -> str:
    """Return a password typed twice, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("the two passwords differ")
    return password


def _list(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        users = realm.users()
        for user in users:
            names = f"{shown(user.login_name)}  {shown(user.name)}"
            say(f"{user.id}  {user.state:8}  {names}")
    if not users:
        remark(f"There are no users yet; add one with `{COMMAND} user add NAME`.")


def _state(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        if not realm.set_user_state(arguments.name, arguments.state):
            raise CommandError(f"there is no user {arguments.name}")
        minutes = realm.settings.jwt_minutes
    if arguments.state == "active":
        say(f"{arguments.name} may log in again.")
        return
    say(f"{arguments.name} is disabled, and all their logins at the realm have ended.")
    say(
        "Applications that mount the realm notice within 30 seconds, others at their "
        f"next check (check_session), or when the token ends: within {minutes} minutes."
    )


def _unlock(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        if not realm.end_waits(arguments.name):
            raise CommandError(f"there is no user {arguments.name}")
    say(f"{arguments.name} may try again at once.")
