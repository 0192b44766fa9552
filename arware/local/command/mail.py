"""``arware realm mail``: what waits, what failed, and whether mail works at all."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from arware.kit.mail import MailError
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
from arware.web.text import shown

from .. import mail

if TYPE_CHECKING:
    from arware.kit.outbox import OutboxColumns

    from ..realm import Realm

#: What is told of a mail. Never what it says: that may log somebody in.
TEXTS = ("id", "state", "kind", "recipient", "tries", "last_error")
TIMES = ("made_at", "due_at", "sent_at", "failed_at")


def list_all(parser: argparse.ArgumentParser) -> Run:
    """List the mails that wait and that failed."""
    parser.add_argument(
        "--state",
        choices=("waiting", "failed", "sent", "all"),
        help="list only these (default: those that wait and that failed)",
    )
    add_most(parser)
    return _list


def _list(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    states = {None: ("waiting", "failed"), "all": ("waiting", "failed", "sent")}
    wanted = states.get(arguments.state, (arguments.state,))
    with realm.reading() as db:
        rows = mail.outbox(realm).newest(db, *wanted, most=arguments.most)
    yield from listed(map(_line, rows), none="There are no such mails.")
    if not mail.is_sent(realm):
        yield Remark("No mail server is set, so nothing is sent: see mail.host.")


def _line(row: OutboxColumns) -> Line:
    said = "  ".join(map(shown, (row.kind, row.recipient)))
    if row.state == "sent":
        more = f"sent {iso(row.sent_at)}"
    elif row.state == "failed":
        more = f"failed {iso(row.failed_at)}: {row.last_error}"
    else:
        why = f" after {row.tries} tries: {row.last_error}" if row.last_error else ""
        more = f"due {iso(row.due_at)}{why}"
    text = f"{row.id}  {row.state:8}  {said}  {more}"
    return Line(text, row_values(row, TEXTS, TIMES))


def retry(parser: argparse.ArgumentParser) -> Run:
    """Send waiting messages now, not after their pause."""
    parser.add_argument("id", nargs="?", help="only this one, mail_...")
    return _retry


def _retry(realm: Realm, arguments: argparse.Namespace) -> Line:
    with realm.writing() as db:
        count = mail.outbox(realm).retry(db, realm.now, arguments.id)
    if arguments.id and not count:
        raise NotDone(
            "no mail with this id waits; what was sent or has failed is gone",
            "mail_unknown",
        )
    sent = mail.send_due(realm)
    told = ", ".join(f"{number} {result}" for result, number in sent.items())
    values = {"due": count} | {str(result): number for result, number in sent.items()}
    return Line(f"{count} made due; {told or 'nothing sent'}", values)


def test(parser: argparse.ArgumentParser) -> Run:
    """Hand a mail to the server, and tell the result."""
    parser.add_argument("address", help="whom to send it to")
    return _test


def _test(realm: Realm, arguments: argparse.Namespace) -> Line:
    if not mail.is_sent(realm):
        raise NotDone("no mail server is set: see mail.host", "no_mail_server")
    try:
        mail.try_out(realm, arguments.address)
    except MailError as error:
        raise NotDone(f"it was not sent: {error.reason}", "not_sent") from None
    said = f"The server took a mail for {shown(arguments.address)}."
    return Line(said, {"recipient": arguments.address, "taken": True})
