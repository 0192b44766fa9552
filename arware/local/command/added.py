"""The commands that features add to ``arware realm``."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable, Iterable
from typing import Any

from arware.kit.operator import Remark

from .terminal import CommandError, realm_of, remark, safely, say, with_config

Run = Callable[[Any, argparse.Namespace], str | Iterable[str] | None]


def add_parsers(subparsers: Any) -> None:
    """Add a command for each ``add_operator_command``."""
    from ..app import joined

    for name, command in joined().commands.items():
        words = inspect.getdoc(command) or ""
        parser = with_config(subparsers.add_parser(name, help=words.splitlines()[0]))
        parser.set_defaults(run=safely(_on_realm(command(parser))))


def _on_realm(run: Run) -> Callable[[argparse.Namespace], None]:
    def call(arguments: argparse.Namespace) -> None:
        with realm_of(arguments) as realm:
            try:
                said = run(realm, arguments)
                for line in (said,) if isinstance(said, str) else said or ():
                    (remark if isinstance(line, Remark) else say)(line)
            except ValueError as error:
                raise CommandError(str(error)) from None

    return call
