"""``arware realm user``: add, list, show and disable users from a terminal."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from arware.kit.operator import Line, NotDone, Run, iso, listed, row_values
from arware.kit.terminal import CommandError
from arware.web.text import shown

from .. import overview, people
from ..naming import COMMAND
from ..scopes import OWNER
from ..seeding import NewUser, add_user

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ..models import User
    from ..realm import Realm


def add(parser: argparse.ArgumentParser) -> Run:
    """Add a user."""
    parser.add_argument(
        "name", help="an e-mail address; or for somebody without one, a user name"
    )
    parser.add_argument("--first-name", default="")
    parser.add_argument("--last-name", default="")
    parser.add_argument("--org", help="a new org's name, or the id of one (org_...)")
    parser.add_argument(
        "--permission",
        action="append",
        help="a permission there; may be repeated (default: ar:owner, ar:admin)",
    )
    parser.add_argument(
        "--verified",
        action="store_true",
        help="the e-mail address is proved to be theirs",
    )
    return _add


def _add(realm: Realm, arguments: argparse.Namespace) -> Iterator[Line]:
    if arguments.permission and not arguments.org:
        raise NotDone("--permission needs --org")
    permissions = arguments.permission or OWNER
    new = NewUser(
        email=arguments.name if "@" in arguments.name else None,
        username=None if "@" in arguments.name else arguments.name,
        password=_ask_password(),
        first_name=arguments.first_name,
        last_name=arguments.last_name,
        orgs={arguments.org: permissions} if arguments.org else {},
        email_verified=arguments.verified,
    )
    added = add_user(realm, new, realm.operator())
    values: dict[str, Any] = {"id": added.user_id}
    text = f"Added {added.user_id}"
    for org_id, name, is_new in added.orgs:
        kind = "a new org" if is_new else "which was there"
        text = f"Added {added.user_id} to {org_id} ({shown(name)}), {kind}"
        values["org"] = {"id": org_id, "name": name, "new": is_new}
    yield Line(text, values)


def _ask_password() -> str:
    """Return a password typed twice, or the first line of what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("the two passwords differ")
    return password


def list_all(parser: argparse.ArgumentParser) -> Run:
    """List users, by what they log in with."""
    parser.add_argument(
        "--search", metavar="TEXT", help="only those with this in an address or a name"
    )
    parser.add_argument(
        "--state", choices=("active", "inactive"), help="only those in this state"
    )
    return _list


def _list(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    none = f"There are no users yet; add one with `{COMMAND} user add NAME`."
    if arguments.search or arguments.state:
        none = "There are no such users."
    with realm.reading() as db:
        users = overview.users(db, arguments.search, arguments.state)
        yield from listed(map(_line, users), none=none)


def _line(user: User) -> Line:
    names = f"{shown(user.login_name)}  {shown(user.name)}"
    return Line(f"{user.id}  {user.state:8}  {names}", _told(user))


def _told(user: User) -> dict[str, Any]:
    """Return what a program is told of a user; never a secret or a hash."""
    names = (
        *("id", "email", "email_verified", "username", "first_name", "last_name"),
        *("locale", "reference", "custom", "state"),
    )
    values = row_values(user, names, ("created_at", "last_login_at"))
    return values | {"has_password": user.password_hash is not None}


def show(parser: argparse.ArgumentParser) -> Run:
    """Show what is known of a user."""
    add_name(parser)
    return _show


def _show(realm: Realm, arguments: argparse.Namespace) -> Line:
    with realm.reading() as db:
        user = named(db, arguments.name)
        seen = overview.of(realm, db, user, realm.now)
    values = _told(user) | {
        "second_factors": list(seen.factors),
        "tries_blocked": seen.is_blocked,
        "open_sessions": seen.sessions,
        "orgs": [
            {"id": scope.org_id, "name": scope.name, "permissions": scope.permissions}
            for scope in seen.scopes
        ],
    }
    proved = "confirmed" if user.email_verified else "not confirmed"
    told = {
        "name": user.name,
        "e-mail": f"{user.email} ({proved})" if user.email else "none",
        "user name": user.username or "none",
        "state": user.state,
        "password": "set" if user.password_hash else "none",
        "second factor": ", ".join(seen.factors) or "none",
        "tries": "blocked; see `user unlock`" if seen.is_blocked else "allowed",
        "open sessions": str(seen.sessions),
        "orgs": ", ".join(f"{s.name} ({s.org_id})" for s in seen.scopes) or "none",
        "reference": user.reference or "none",
        "created": iso(user.created_at) or "",
        "last login": iso(user.last_login_at) or "never",
    }
    lines = (f"  {name + ':':15} {shown(text)}" for name, text in told.items())
    return Line("\n".join((user.id, *lines)), values)


def add_name(parser: argparse.ArgumentParser) -> None:
    """Add the argument that names a user."""
    parser.add_argument("name", help="an e-mail address, a user name or an id")


def named(db: Session, name: str, *, lock: bool = False) -> User:
    """Return whom *name* means, with *lock* to change them. Raises ``NotDone``."""
    user = people.find_locked(db, name) if lock else people.find(db, name)
    if user is None:
        raise NotDone(f"there is no user {name}", "user_unknown")
    return user
