"""The commands that features add to ``arware realm``."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Iterator
from functools import partial
from typing import Any

from arware.kit.operator import Command, Remark, Run

from .terminal import CommandError, realm_of, remark, safely, say, with_config


def add_parsers(subparsers: Any) -> None:
    """Add a command for each ``add_operator_command``."""
    from ..app import joined

    for name, command in joined().commands.items():
        _add_parser(subparsers, name, command)


def _add_parser(subparsers: Any, name: str, command: Command) -> None:
    words = inspect.getdoc(command) or ""
    parser = subparsers.add_parser(name, help=words.partition("\n")[0])
    run = command(parser)
    for leaf in _leaves(parser):
        with_config(leaf).set_defaults(run=safely(partial(_run, run)))


def _leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of the actions, or *parser* if it has none."""
    # argparse has no public way from a parser to those below it.
    below = [
        action
        for action in parser._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    if not below:
        yield parser
    for action in below:
        for inner in action.choices.values():
            yield from _leaves(inner)


def _run(run: Run, arguments: argparse.Namespace) -> None:
    with realm_of(arguments) as realm:
        try:
            said = run(realm, arguments)
            for line in [said] if isinstance(said, str) else said:
                (remark if isinstance(line, Remark) else say)(line)
        except ValueError as error:
            raise CommandError(str(error)) from None
