"""``arware realm org``: the orgs there are, and who is in them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from arware.kit.operator import Line, NotDone, Run, iso, listed, row_values
from arware.web.text import shown

from ...models import User
from .models import Membership, Org

if TYPE_CHECKING:
    from ...realm import Realm

_COUNTED = (
    select(Org, func.count(Membership.id))
    .outerjoin(Membership, Membership.org_id == Org.id)
    .group_by(Org.id)
)


def list_all(parser: argparse.ArgumentParser) -> Run:
    """List orgs, by name."""
    parser.add_argument("--search", metavar="TEXT", help="only with this in the name")
    return _list


def _list(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    asked = _COUNTED.order_by(Org.name, Org.id)
    if arguments.search:
        asked = asked.where(Org.name.icontains(arguments.search, autoescape=True))
    with realm.reading() as db:
        rows = db.execute(asked.execution_options(yield_per=500))
        yield from listed(map(_told, rows), none="There are no such orgs.")


def show(parser: argparse.ArgumentParser) -> Run:
    """Show an org, and how many are in it."""
    _add_org(parser)
    return _show


def _show(realm: Realm, arguments: argparse.Namespace) -> Line:
    with realm.reading() as db:
        return _told(_found(db, arguments.org))


def members(parser: argparse.ArgumentParser) -> Run:
    """List who is in an org, and what they may do there."""
    _add_org(parser)
    return _members


def _members(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    with realm.reading() as db:
        org, _ = _found(db, arguments.org)
        asked = (
            select(Membership, User)
            .join(User, User.id == Membership.user_id)
            .where(Membership.org_id == org.id)
            .order_by(Membership.created_at, Membership.id)
        )
        rows = db.execute(asked.execution_options(yield_per=500))
        yield from listed(map(_member, rows), none="Nobody is in it.")


def _member(row: Row[Membership, User]) -> Line:
    membership, user = row
    may = ", ".join(membership.permissions)
    text = f"{user.id}  {user.state:8}  {shown(user.login_name)}  {may}"
    values = {
        "user_id": user.id,
        **row_values(user, ("email", "username", "state")),
        "permissions": membership.permissions,
        "since": iso(membership.created_at),
    }
    return Line(text, values)


def _add_org(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("org", help="its id (org_...), or its name if no other has it")


def _found(db: Session, text: str) -> Row[Org, int]:
    rows = db.execute(_COUNTED.where((Org.id == text) | (Org.name == text))).all()
    if not rows:
        raise NotDone(f"there is no org {text}", "org_unknown")
    if len(rows) > 1:
        raise NotDone(f"{len(rows)} orgs are called {text}; give its id", "org_unclear")
    return rows[0]


def _told(row: Row[Org, int]) -> Line:
    org, count = row
    names = "id", "name", "reference", "custom", "state"
    values = row_values(org, names, ("created_at",)) | {"members": count}
    noun = "member" if count == 1 else "members"
    return Line(f"{org.id}  {org.state:8}  {count} {noun}  {shown(org.name)}", values)
