"""What commands say to the person at a terminal, or to a program."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

from arware.web.text import shown

from .operator import Line, Remark


class CommandError(Exception):
    """
    A sentence for the person at the terminal; the command ends with 1.

    *reason* is a stable word, for programs.
    """

    def __init__(self, text: str, reason: str = "refused") -> None:
        super().__init__(text)
        self.reason = reason


def say(text: str = "") -> None:
    """Print a line, or several; what strangers wrote there moves no cursor."""
    sys.stdout.write(f"{_seen(text)}\n")


def remark(text: str) -> None:
    """Print it for the person only: a program that reads the output gets none."""
    sys.stderr.write(f"{_seen(text)}\n")


def _seen(text: str) -> str:
    return "\n".join(map(shown, text.split("\n")))


def say_line(line: str | Line, *, as_json: bool) -> None:
    """Print what a command found or did, for a person or *as_json*."""
    if isinstance(line, Remark):
        if not as_json:
            remark(line)
    elif as_json:
        values = line.values if isinstance(line, Line) else {"message": line}
        say(json.dumps(values))
    elif text := line.text if isinstance(line, Line) else line:
        say(text)


def safely(handler: Any) -> Any:
    """
    Return *handler* with its faults told in words, and the exit code they mean.

    With ``--json`` they are told as ``{"error": ..., "reason": ...}``, one line at the
    place of errors.
    """

    def run(arguments: argparse.Namespace) -> int:
        from arware.errors import ConfigurationError

        try:
            handler(arguments)
        except CommandError as error:
            return _told(arguments, str(error), error.reason)
        except ConfigurationError as error:
            return _told(arguments, str(error), "configuration")
        return 0

    return run


def _told(arguments: argparse.Namespace, text: str, reason: str) -> int:
    is_json = getattr(arguments, "json", False)
    remark(json.dumps({"error": text, "reason": reason}) if is_json else text)
    return 1


# Without its argument: only the type checker knows this class as a generic one.
class _Commands(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Commands that say of themselves what the list of them says."""

    def add_parser(self, name: str, **options: Any) -> Any:
        """Add the command *name*."""
        what = options.get("help", "")
        options.setdefault("description", f"{what[:1].upper()}{what[1:]}.")
        return super().add_parser(name, **options)


class Parser(argparse.ArgumentParser):
    """
    A parser of a command's arguments, which tells what is wrong with them in one line.

    The line is that of the very command that was meant, and names its ``--help``.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.register("action", "parsers", _Commands)
        self.register("type", int, _whole_number)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse *args*; what is not known ends here, not in the command above."""
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end with 2."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def leaves(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
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
            yield from leaves(inner)
