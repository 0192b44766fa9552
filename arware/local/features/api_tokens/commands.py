"""``arware realm token``: make, list and revoke API tokens from a terminal."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

from arware.kit.operator import Line, NotDone, Remark, Run, iso, listed
from arware.web.text import shown

from ...naming import COMMAND
from . import flow

if TYPE_CHECKING:
    from ...realm import Realm


def token(parser: argparse.ArgumentParser) -> Run:
    """Look after API tokens."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = actions.add_parser("add", help="make an API token for a user")
    add.add_argument("user", help="an e-mail address or a user name")
    add.add_argument("--name", required=True, help="what it is for")
    add.add_argument(
        "--days",
        type=int,
        default=flow.USUAL_DAYS,
        help="how long it lives; 0: no end (default: 90)",
    )
    add.add_argument("--org", help="the org it acts in, where the user has several")
    add.add_argument(
        "--permission",
        action="append",
        help="one that it has, if its user has it; once for each (default: all)",
    )
    add.set_defaults(do=_add)
    listing = actions.add_parser("list", help="list the API tokens")
    listing.set_defaults(do=_list)
    revoke = actions.add_parser("revoke", help="end an API token")
    revoke.add_argument("id", help="its id, at_..., as the list shows it")
    revoke.set_defaults(do=_revoke)
    return lambda realm, arguments: arguments.do(realm, arguments)


def _add(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    made = flow.add(
        realm,
        realm.operator(),
        arguments.user,
        arguments.name,
        days=arguments.days,
        org=arguments.org,
        permissions=arguments.permission,
    )
    yield Line(made, {"token": made})
    yield Remark(
        "Keep it like a password: it is not shown again. "
        f"`{COMMAND} token list` shows its id."
    )


def _list(realm: Realm, _: argparse.Namespace) -> Iterator[str | Line]:
    issued = flow.listed(realm, realm.now)
    none = f"There are no API tokens yet; `{COMMAND} token add` makes one."
    yield from listed(map(_line, issued), none=none)


def _line(one: flow.Issued) -> Line:
    whose = "  ".join(map(shown, (one.user, one.org or "-", one.name)))
    text = (
        f"{one.id}  {one.state:8}  {whose}  "
        f"created {_day(one.created_at)}, used {_day(one.last_used_at)}, "
        f"ends {_day(one.expires_at)}"
    )
    values = asdict(one)
    times = {name: iso(values[name]) for name in values if name.endswith("_at")}
    return Line(text, values | times)


def _day(seconds: int | None) -> str:
    return (iso(seconds) or "never").partition("T")[0]


def _revoke(realm: Realm, arguments: argparse.Namespace) -> Line:
    if not flow.revoke(realm, arguments.id, realm.operator()):
        # What was typed may be the token itself, so it is not repeated.
        raise NotDone(
            "no API token with this id is alive; `token list` shows all",
            "token_unknown",
        )
    said = f"{arguments.id} is revoked; applications refuse it within a minute."
    return Line(said, {"id": arguments.id, "state": "revoked"})
