"""``arware realm session``: list logins and end them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arware.kit.operator import (
    Line,
    NotDone,
    Remark,
    Run,
    add_most,
    iso,
    listed,
    row_values,
)
from arware.kit.user_agents import browser_of
from arware.web.text import shown

from ... import sessions
from ...command.users import named

if TYPE_CHECKING:
    from ...realm import Realm
    from ...sessions import Visitor


def list_open(parser: argparse.ArgumentParser) -> Run:
    """List who is logged in, newest first."""
    parser.add_argument(
        "name", nargs="?", help="only this user: an address, a user name or an id"
    )
    add_most(parser)
    return _list


def _list(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    with realm.reading() as db:
        user_id = named(db, arguments.name).id if arguments.name else ""
        found = sessions.newest(db, realm.now, arguments.most, user_id)
    yield from listed(map(_line, found), none="Nobody is logged in.")


def _line(one: Visitor) -> Line:
    session = one.session
    browser = " on ".join(filter(None, browser_of(session.client))) or session.client
    parts = [shown(one.user.login_name), session.ip or "-", shown(browser) or "-"]
    if session.impersonator:
        parts.append(f"impersonated by {session.impersonator}")
    since = f"since {iso(session.created_at)}, used {iso(session.seen_at)}"
    names = "id", "user_id", "ip", "client", "factors", "remembered", "impersonator"
    values = row_values(session, names, ("created_at", "seen_at", "expires_at"))
    # It is 0 where not all was proved.
    values["auth_at"] = iso(session.auth_at or None)
    return Line("  ".join((session.id, *parts, since)), values)


def end(parser: argparse.ArgumentParser) -> Run:
    """End a login, or all logins of a user."""
    parser.add_argument("id", nargs="?", help="the id that the list shows, kss_...")
    parser.add_argument(
        "--user", metavar="NAME", dest="name", help="all of this user, in its place"
    )
    return _end


def _end(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    if bool(arguments.id) == bool(arguments.name):
        raise NotDone("name one login by its id, or a user with --user")
    caller = realm.operator()
    with realm.writing(caller) as db:
        if arguments.name:
            user = named(db, arguments.name, lock=True)
            count = sessions.end_all(realm, db, user, caller)
        elif not sessions.end(realm, db, arguments.id, caller):
            raise NotDone("no login with this id is open", "session_unknown")
        else:
            count = 1
    noun = "login" if count == 1 else "logins"
    yield Line(f"{count} {noun} ended.", {"ended": count})
    yield Remark(
        "Applications that mount the realm notice within 30 seconds, others at their "
        "next check (check_session)."
    )
