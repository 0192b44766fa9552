"""
``/dev/mailbox``: the mails that would be sent, for whoever develops an application.

It shows links that log people in. So it is there only while no mail server is set and
the realm's address is on loopback, and only for a browser on this very machine: see
:func:`arware.kit.loopback.is_browser_here`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from arware.kit.loopback import is_browser_here
from arware.kit.outbox import WAITING, OutboxColumns
from arware.kit.sealing import CannotOpen
from arware.kit.web import Refused, view_config
from arware.kit.web.refusals import NOT_FOUND

from .. import mail
from ..request import RealmRequest

if TYPE_CHECKING:
    from arware.kit.web import Config

#: How many mails are shown.
MOST = 50


def includeme(config: Config) -> None:
    """Add the page, and a link to it where a page says that a mail was sent."""
    config.add_route("mailbox", "/dev/mailbox")
    config.add_to_page("mail.sent", "mailbox_link.jinja2", values=offer)


def offer(request: RealmRequest) -> Mapping[str, Any] | None:
    """Return nothing to load, or ``None`` where the mailbox is closed."""
    return {} if is_open(request) else None


def is_open(request: RealmRequest) -> bool:
    """Tell whether this browser may see the mails."""
    return mail.is_shown(request.realm) and is_browser_here(request.environ)


@view_config(route_name="mailbox", request_method="GET", renderer="mailbox.jinja2")
def show(request: RealmRequest) -> dict[str, Any]:
    """Show the newest mails that wait."""
    if not is_open(request):
        raise Refused(NOT_FOUND)
    with request.realm.reading() as db:
        rows = mail.outbox(request.realm).newest(db, WAITING, most=MOST)
    return {"mails": [_shown(request, row) for row in rows]}


def _shown(request: RealmRequest, row: OutboxColumns) -> dict[str, Any]:
    """Return what the page shows of a mail."""
    shown = {"recipient": row.recipient, "made_at": row.made_at}
    try:
        message = mail.outbox(request.realm).open(row)
    except CannotOpen:
        return {**shown, "subject": row.kind, "paragraphs": None}
    paragraphs = [
        [(line, _here(request, line)) for line in lines]
        for lines in mail.paragraphs(message.text)
    ]
    return {**shown, "subject": message.subject, "paragraphs": paragraphs}


def _here(request: RealmRequest, line: str) -> str | None:
    """
    Return where a line leads that is a link of the realm's.

    On this machine the server may have another port than the one that is configured.
    """
    base = request.realm.settings.base_url
    if not line.startswith(f"{base}/"):
        return None
    return f"{request.origin}{request.prefix}{line.removeprefix(base)}"
