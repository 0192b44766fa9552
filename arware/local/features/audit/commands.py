"""``arware realm audit``: what happened, for the operator."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from arware.kit.operator import Line, Run, add_most, iso, listed, row_values
from arware.kit.secrets import is_id
from arware.web.text import shown

from ... import history
from ...command.users import named
from ...models import EventRow

if TYPE_CHECKING:
    from ...realm import Realm

_SPAN = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>[mhd])")
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def audit(parser: argparse.ArgumentParser) -> Run:
    """List what happened, newest first."""
    parser.add_argument("--user", help="only of this user: an address, a name or an id")
    parser.add_argument(
        "--type", help="only of this type, as user.login.failed, or all of user.login"
    )
    parser.add_argument("--ip", help="only from this address")
    parser.add_argument(
        "--since",
        help="only from then on: a day (2026-11-30), or a span (90m, 12h, 7d)",
    )
    add_most(parser)
    return _list


def _list(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    with realm.reading() as db:
        wanted = history.Wanted(
            user_id=_user_id(db, arguments.user) if arguments.user else None,
            type=arguments.type,
            ip=arguments.ip,
            since=_since(arguments.since, realm.now) if arguments.since else None,
        )
        rows = history.newest(db, wanted, arguments.most)
    yield from listed(map(_line, rows), none="There are no such events.")


def _user_id(db: Any, text: str) -> str:
    """Return the id of the user; one who was deleted has to be named by it."""
    return text if is_id(text, "usr") else named(db, text).id


def _since(text: str, now: int) -> int:
    span = _SPAN.fullmatch(text)
    if span:
        return now - int(span["number"]) * _SECONDS[span["unit"]]
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise ValueError(
            f"{text} is no time: write a day (2026-11-30) or a span (90m, 12h, 7d)"
        ) from None


def _line(row: EventRow) -> Line:
    names = ("id", "type", "user_id", "session_id", "ip", "client", "data")
    data = "" if row.data is None else json.dumps(row.data)
    parts = (row.user_id or "-", row.ip or "-", shown(row.client), data)
    text = "  ".join((str(iso(row.at)), f"{row.type:24}", *parts)).rstrip()
    return Line(text, {"at": iso(row.at), **row_values(row, names)})
