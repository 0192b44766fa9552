"""``arware realm operator``: who may use the operator's pages."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select

from arware.kit.operator import Remark, Run
from arware.web.text import shown

from ... import operators, people
from ...models import OperatorRow, User

if TYPE_CHECKING:
    from ...realm import Realm


def operator(parser: argparse.ArgumentParser) -> Run:
    """Say who may use the operator's pages."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, words, run in (
        ("add", "make a user an operator", _add),
        ("remove", "make an operator an ordinary user again", _remove),
    ):
        action = actions.add_parser(name, help=words)
        action.add_argument("name", help="an e-mail address or a user name")
        action.set_defaults(operate=run)
    actions.add_parser("list", help="list the operators").set_defaults(operate=_list)
    return _run


def _run(realm: Realm, arguments: argparse.Namespace) -> Iterator[str]:
    said: Iterator[str] = arguments.operate(realm, arguments)
    return said


def _add(realm: Realm, arguments: argparse.Namespace) -> Iterator[str]:
    name, caller = arguments.name, realm.operator()
    with realm.writing(caller) as db:
        user = people.lock_by_login_name(db, name)
        if user is None:
            raise ValueError(f"there is no user {name}")
        is_new = operators.add(realm, db, user, caller)
    yield f"{name} is an operator{'' if is_new else ' already'}."
    yield Remark(f"The pages are at {realm.url}operator; they need a second factor.")


def _remove(realm: Realm, arguments: argparse.Namespace) -> Iterator[str]:
    name, caller = arguments.name, realm.operator()
    with realm.writing(caller) as db:
        user = people.lock_by_login_name(db, name)
        if user is None or not operators.remove(realm, db, user, caller):
            raise ValueError(f"there is no operator {name}")
    yield f"{name} is not an operator any more."


def _list(realm: Realm, _arguments: argparse.Namespace) -> Iterator[str]:
    found = select(User).join(OperatorRow, OperatorRow.user_id == User.id)
    with realm.reading() as db:
        users = db.scalars(found.order_by(*people.BY_LOGIN_NAME)).all()
    for user in users:
        yield f"{user.id}  {user.state:8}  {shown(user.login_name)}"
    if not users:
        yield Remark("There are no operators.")
