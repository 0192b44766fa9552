"""``arware realm explain ID``: why somebody was refused, and what led to it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from arware.kit import references
from arware.kit.operator import Line, NotDone, Run, iso, row_values
from arware.kit.web.refusals import REASONS
from arware.web.text import shown

from ...models import EventRow, User
from ...texts import plain_english
from .causes import CAUSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from ...realm import Realm

#: How much of what happened before is shown.
MOST = 10


def explain(parser: argparse.ArgumentParser) -> Run:
    """Say why somebody was refused, by the code that the page shows."""
    parser.add_argument("id", help="the code, rf_...; JSON and the log have it, too")
    return _explain


def _explain(realm: Realm, arguments: argparse.Namespace) -> Iterator[Line]:
    keys = realm.digests("refusal", "")
    found = references.read(keys, arguments.id, {*CAUSES, *_reasons(realm)}, realm.now)
    if found is None:
        raise NotDone(
            "this code is not from this realm, or not whole: copy it from rf_ on",
            "id_unknown",
        )
    text = CAUSES.get(found.cause) or _reasons(realm)[found.cause]
    with realm.reading() as db:
        user = _user(db, found.about)
        events = _before(db, user, found.at)
    about = None if user is None else user.id
    said = [f"{iso(found.at)}  {found.cause}", text]
    if user is not None:
        said.append(f"About {shown(user.login_name)}, {user.id}, {user.state}.")
    said += ["What happened there before, newest first:"] if events else []
    yield Line(
        "\n".join(said),
        {"at": iso(found.at), "cause": found.cause, "text": text, "user_id": about},
    )
    for row in events:
        values = row_values(row, ("id", "type", "ip", "client"))
        line = f"  {iso(row.at)}  {row.type}  {row.ip or '-'}  {shown(row.client)}"
        yield Line(line, {"at": iso(row.at)} | values)


def _reasons(realm: Realm) -> dict[str, str]:
    """Return the English texts of all reasons, by their words."""
    named = REASONS | realm.joined.reasons
    return {word: plain_english(one.text) for word, one in named.items()}


def _user(db: Session, head: str) -> User | None:
    """Return the user whose id begins with *head*, long enough for one in trillions."""
    if not head:
        return None
    begins = func.substr(User.id, 1, 4 + references.HEAD) == f"usr_{head}"
    return db.scalars(select(User).where(begins)).first()


def _before(db: Session, user: User | None, at: int) -> Sequence[EventRow]:
    if user is None:
        return ()
    asked = select(EventRow).where(EventRow.user_id == user.id, EventRow.at <= at)
    return db.scalars(asked.order_by(EventRow.number.desc()).limit(MOST)).all()
