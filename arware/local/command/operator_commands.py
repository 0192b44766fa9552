"""
The commands that work on an open realm: those of the core and those of features.

Each says what it has to say once, as :class:`~arware.kit.operator.Line`; that is
printed for a person, or with ``--json`` for a program.
"""

from __future__ import annotations

import argparse
import inspect
from functools import partial
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from arware.kit.database import failure_of
from arware.kit.operator import Command, Line, NotDone, Run
from arware.kit.terminal import CommandError, leaves, safely, say_line
from arware.kit.web.refusals import Refused

from ..app import joined
from ..texts import english
from .options import named_realm, with_realm
from .user_actions import command_of


def add_parsers(subparsers: Any) -> None:
    """
    Add a command for each ``add_operator_command``; ``user add`` is one of two words.

    What can be done to a user by ``add_operator_action`` is one of them, too.
    """
    found, groups = dict(joined().commands), dict[str, Any]()
    for name, action in joined().actions.items():
        found[f"user {name}"] = command_of(name, action)
    for name, command in found.items():
        group, _, word = name.rpartition(" ")
        if group and group not in groups:
            parser = subparsers.add_parser(group, help=f"look after {group}s")
            groups[group] = parser.add_subparsers(
                title="actions", metavar="ACTION", required=True
            )
        _add_parser(groups.get(group, subparsers), word, command)


def _add_parser(subparsers: Any, name: str, command: Command) -> None:
    summary = (inspect.getdoc(command) or "").partition("\n")[0].rstrip(".")
    parser = subparsers.add_parser(name, help=summary[:1].lower() + summary[1:])
    run = command(parser)
    for leaf in leaves(parser):
        with_realm(leaf).set_defaults(run=safely(partial(_run, run)))


def _run(run: Run, arguments: argparse.Namespace) -> None:
    with named_realm(arguments) as realm:
        try:
            said = run(realm, arguments)
            for line in [said] if isinstance(said, str | Line) else said:
                say_line(line, as_json=arguments.json)
        except Refused as refused:
            raise CommandError(english(refused), refused.reason.word) from None
        except NotDone as error:
            raise CommandError(str(error), error.reason) from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        except SQLAlchemyError as error:
            raise CommandError(failure_of(error), "database_failed") from None
        except ModuleNotFoundError as error:
            # Such as bcrypt, which only some hashes of others need.
            said = f"this needs a package: pip install {error.name}"
            raise CommandError(said, "package_missing") from None
