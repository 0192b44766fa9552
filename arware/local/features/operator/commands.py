"""``arware realm operator``: who may use the operator's pages."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from arware.kit.operator import Line, NotDone, Remark, Run, listed, row_values
from arware.web.text import shown

from ... import operators, people
from ...command.users import add_name, named
from ...models import OperatorRow, User

if TYPE_CHECKING:
    from ...realm import Realm


def add(parser: argparse.ArgumentParser) -> Run:
    """Make a user an operator."""
    add_name(parser)
    return _add


def remove(parser: argparse.ArgumentParser) -> Run:
    """Make an operator an ordinary user again."""
    add_name(parser)
    return _remove


def list_all(_parser: argparse.ArgumentParser) -> Run:
    """List the operators."""
    return _list


def _add(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    name, caller = arguments.name, realm.operator()
    with realm.writing(caller) as db:
        user = named(db, name, lock=True)
        is_new = operators.add(realm, db, user, caller)
    said = f"{name} is an operator{'' if is_new else ' already'}."
    yield Line(said, {"user_id": user.id, "operator": True})
    yield Remark(
        f"The pages are at {realm.url}operator. They need a login with a second "
        f"factor: switch one on at {realm.url}profile, then log in with it."
    )


def _remove(realm: Realm, arguments: argparse.Namespace) -> Line:
    name, caller = arguments.name, realm.operator()
    with realm.writing(caller) as db:
        user = people.find_locked(db, name)
        if user is None or not operators.remove(realm, db, user, caller):
            raise NotDone(f"there is no operator {name}", "user_unknown")
    said = f"{name} is not an operator any more."
    return Line(said, {"user_id": user.id, "operator": False})


def _list(realm: Realm, _arguments: argparse.Namespace) -> Iterator[str | Line]:
    found = select(User).join(OperatorRow, OperatorRow.user_id == User.id)
    with realm.reading() as db:
        users = db.scalars(found.order_by(*people.BY_LOGIN_NAME)).all()
    yield from listed(map(_line, users), none="There are no operators.")


def _line(user: User) -> Line:
    text = f"{user.id}  {user.state:8}  {shown(user.login_name)}"
    return Line(text, row_values(user, ("id", "email", "username", "state")))
