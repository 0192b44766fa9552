"""``arware realm mail``: what waits, what failed, and whether mail works at all."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from arware.web.text import shown

from .terminal import CommandError, realm_of, remark, safely, say, with_config

if TYPE_CHECKING:
    from arware.kit.outbox import OutboxColumns

#: What is told of a mail. Never what it says: that may log somebody in.
TEXTS = ("id", "state", "kind", "recipient", "tries", "last_error")
TIMES = ("made_at", "due_at", "sent_at", "failed_at")


def add_parsers(parser: Any) -> None:
    """Add the actions to *parser*."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = with_config(
        actions.add_parser("list", help="list the mails that wait and that failed")
    )
    listing.add_argument(
        "--state",
        choices=("waiting", "failed", "sent", "all"),
        help="list only these (default: those that wait and that failed)",
    )
    listing.add_argument(
        "--most", type=int, default=100, help="list so many (default: %(default)s)"
    )
    listing.add_argument("--json", action="store_true", help="print JSON")
    listing.set_defaults(run=safely(_list))
    retry = with_config(
        actions.add_parser("retry", help="send what waits now, not after its pause")
    )
    retry.add_argument("id", nargs="?", help="only this one, mail_...")
    retry.add_argument("--json", action="store_true", help="print JSON")
    retry.set_defaults(run=safely(_retry))
    test = with_config(
        actions.add_parser(
            "test", help="hand a mail to the server, and tell the result"
        )
    )
    test.add_argument("address", help="whom to send it to")
    test.set_defaults(run=safely(_test))


def _list(arguments: argparse.Namespace) -> None:
    from .. import mail

    states = {None: ("waiting", "failed"), "all": ("waiting", "failed", "sent")}
    wanted = states.get(arguments.state, (arguments.state,))
    with realm_of(arguments) as realm, realm.reading() as db:
        rows = mail.outbox(realm).newest(db, *wanted, most=arguments.most)
        if arguments.json:
            say(json.dumps([_values(row) for row in rows], indent=2))
            return
        for row in rows:
            say(_line(row))
        is_sent = mail.is_sent(realm)
    if not rows:
        remark("There are no such mails.")
    if not is_sent:
        remark("No mail server is set, so nothing is sent: see mail.host.")


def _values(row: OutboxColumns) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in TEXTS}
    return values | {name: _time(getattr(row, name)) for name in TIMES}


def _time(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _line(row: OutboxColumns) -> str:
    said = "  ".join(map(shown, (row.kind, row.recipient)))
    if row.state == "sent":
        more = f"sent {_time(row.sent_at)}"
    elif row.state == "failed":
        more = f"failed {_time(row.failed_at)}: {row.last_error}"
    else:
        why = f" after {row.tries} tries: {row.last_error}" if row.last_error else ""
        more = f"due {_time(row.due_at)}{why}"
    return f"{row.id}  {row.state:8}  {said}  {more}"


def _retry(arguments: argparse.Namespace) -> None:
    from .. import mail

    with realm_of(arguments) as realm:
        with realm.writing() as db:
            count = mail.outbox(realm).retry(db, realm.now, arguments.id)
        if arguments.id and not count:
            raise CommandError(
                "no mail with this id waits; what was sent or has failed is gone"
            )
        sent = mail.send_due(realm)
    if arguments.json:
        say(json.dumps({"due": count, **sent}))
        return
    told = ", ".join(f"{number} {result}" for result, number in sent.items())
    say(f"{count} made due; {told}")


def _test(arguments: argparse.Namespace) -> None:
    from arware.kit.mail import MailError

    from .. import mail

    with realm_of(arguments) as realm:
        if not mail.is_sent(realm):
            raise CommandError("no mail server is set: see mail.host")
        try:
            mail.try_out(realm, arguments.address)
        except ValueError as error:
            raise CommandError(str(error)) from None
        except MailError as error:
            raise CommandError(f"it was not sent: {error.reason}") from None
    say(f"The server took a mail for {shown(arguments.address)}.")
