"""``/activity``: what happened in one's account."""

from __future__ import annotations

import re
from typing import Any

from arware.kit.web import view_config

from ... import history
from ...models import EventRow
from ...request import RealmRequest

#: Events on a page.
MOST = 30


@view_config(
    route_name="activity",
    request_method="GET",
    renderer="audit/activity.jinja2",
    permission="member",
)
def show(request: RealmRequest) -> dict[str, Any]:
    """Show the newest events, or those before one that the last page ended with."""
    before = request.query.get("before", "")
    wanted = history.Wanted(
        user_id=request.member.user.id,
        before=int(before) if re.fullmatch("[0-9]{1,18}", before) else None,
    )
    with request.realm.reading() as db:
        rows = history.newest(db, wanted, MOST + 1)
    is_more = len(rows) > MOST
    return {
        "events": [_shown(request, row) for row in rows[:MOST]],
        "older": str(rows[MOST - 1].number) if is_more else None,
        "is_first": wanted.before is None,
    }


def _shown(request: RealmRequest, row: EventRow) -> dict[str, Any]:
    return {
        "text": history.text_of(row.type),
        "at": row.at,
        "client": row.client,
        "ip": row.ip,
        "is_operator": history.is_by_operator(row),
        "is_here": row.session_id == request.member.session.id,
    }
