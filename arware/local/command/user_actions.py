"""``arware realm user ACTION NAME``: what features let an operator do to a user."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from arware.kit.operator import Action, Line, NotDone, Remark, Run
from arware.web.text import shown

from .. import actions
from ..naming import COMMAND
from ..texts import plain_english
from .users import add_name, named

if TYPE_CHECKING:
    from ..realm import Realm


def command_of(name: str, action: Action) -> Callable[[argparse.ArgumentParser], Run]:
    """Return the command that does *action*, as its button on the pages does."""

    def command(parser: argparse.ArgumentParser) -> Run:
        label, text = plain_english(action.label), plain_english(action.text)
        parser.description = f"{label}. {text}"
        add_name(parser)
        return partial(_act, name, action)

    command.__doc__ = f"{plain_english(action.label)}."
    return command


def _act(
    name: str, action: Action, realm: Realm, arguments: argparse.Namespace
) -> Iterator[str | Line]:
    caller = realm.operator()
    with realm.writing(caller) as db:
        user = named(db, arguments.name, lock=True)
        if not action.offered(realm, db, user):
            said = (
                f"there is nothing of this kind to do for {arguments.name}: "
                f"`{COMMAND} user show` tells how the account stands"
            )
            raise NotDone(said, "nothing_to_do")
        was_there = actions.has_sessions(realm, db, user)
        action.do(realm, db, user, caller)
        is_gone = was_there and not actions.has_sessions(realm, db, user)
    done = plain_english(action.done)
    values = {"user_id": user.id, "action": name}
    yield Line(f"{shown(user.login_name)}: {done}", values)
    if is_gone:
        yield Remark(
            "Applications that mount the realm notice within 30 seconds, others at "
            "their next check (check_session), or when the token ends: within "
            f"{realm.settings.jwt_minutes} minutes."
        )
