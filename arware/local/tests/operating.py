"""What an operator's commands say, asked without a terminal."""

from __future__ import annotations

import argparse
from typing import Any

from arware.kit.operator import Command, Line, Remark

from ..app import joined
from ..command.user_actions import command_of
from ..realm import Realm


def acting(name: str) -> Command:
    """Return the command that does to a user what is called *name*."""
    return command_of(name, joined().actions[name])


def said(realm: Realm, command: Command, *words: str) -> list[Any]:
    """Return what *command* says: lines, and remarks for a person."""
    parser = argparse.ArgumentParser()
    run = command(parser)
    parser.add_argument("--json", action="store_true")
    result = run(realm, parser.parse_args(words))
    return [result] if isinstance(result, str | Line) else list(result)


def told(realm: Realm, command: Command, *words: str) -> list[dict[str, Any]]:
    """Return what *command* says to a program."""
    lines = said(realm, command, *words)
    return [dict(line.values) for line in lines if isinstance(line, Line)]


def remarks(realm: Realm, command: Command, *words: str) -> list[str]:
    """Return what *command* says to a person only."""
    return [x for x in said(realm, command, *words) if isinstance(x, Remark)]
