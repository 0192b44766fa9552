"""``arware realm token``: make, list and revoke API tokens from a terminal."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from typing import Any

from arware.web.text import shown

from .terminal import CommandError, realm_of, remark, safely, say, with_config


def add_parsers(parser: Any) -> None:
    """Add the actions to *parser*."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = with_config(actions.add_parser("add", help="make an API token for a user"))
    add.add_argument("email")
    add.add_argument("--name", required=True, help="what it is for")
    add.add_argument(
        "--days",
        type=int,
        default=90,
        help="how long it lives; 0: no end (default: 90)",
    )
    add.add_argument("--org", help="the org it acts in, where the user has several")
    add.set_defaults(run=safely(_add))
    listing = with_config(actions.add_parser("list", help="list the API tokens"))
    listing.set_defaults(run=safely(_list))
    revoke = with_config(actions.add_parser("revoke", help="end an API token"))
    revoke.add_argument("id", help="its id, at_..., as the list shows it")
    revoke.set_defaults(run=safely(_revoke))


def _add(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        try:
            token = realm.add_api_token(
                arguments.email,
                arguments.name,
                days=arguments.days,
                org=arguments.org,
            )
        except ValueError as error:
            raise CommandError(str(error)) from None
    say(token)
    remark(
        "Keep it like a password: it is not shown again. "
        "`arware realm token list` shows its id."
    )


def _list(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        issued = realm.api_tokens()
        for one in issued:
            whose = "  ".join(map(shown, (one.email, one.org or "-", one.name)))
            say(
                f"{one.id}  {one.state:8}  {whose}  "
                f"created {_day(one.created_at)}, used {_day(one.last_used_at)}, "
                f"ends {_day(one.expires_at)}"
            )
    if not issued:
        remark("There are no API tokens yet; `arware realm token add` makes one.")


def _day(seconds: int | None) -> str:
    if seconds is None:
        return "never"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _revoke(arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        if not realm.revoke_api_token(arguments.id):
            # What was typed may be the token itself, so it is not repeated.
            raise CommandError(
                "no API token with this id is alive; `token list` shows all"
            )
    say(f"{arguments.id} is revoked; applications refuse it within a minute.")
