"""What a feature adds for the operator, without knowing how it is run or drawn."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """
    Something that was found or done: *text* for a person, *values* for a program.

    A program gets the values as one JSON object on a line. Their names and types are
    documented, and stay: further ones may come. Without a text a person gets nothing.
    """

    text: str
    values: Mapping[str, Any]


class Remark(str):
    """A line for a person only: a program that reads the output gets none of it."""

    __slots__ = ()


class NotDone(ValueError):
    """
    A sentence for the operator that says why something was not done.

    *reason* is a stable word for programs.
    """

    def __init__(self, text: str, reason: str = "refused") -> None:
        super().__init__(text)
        self.reason = reason


#: What is done with the realm and the arguments. It returns what it has to say, a line
#: or several, which are printed as they come. :class:`ValueError` is a sentence for the
#: operator, and the exit code 1.
Run = Callable[[Any, argparse.Namespace], str | Line | Iterable[str | Line]]

#: What ``add_operator_command`` takes: it adds arguments to the parser of
#: ``arware realm NAME``, or actions of its own, and returns what is done. The first
#: line of its docstring is the command's help.
Command = Callable[[argparse.ArgumentParser], Run]


def iso(seconds: int | None) -> str | None:
    """Return a time as ISO 8601 writes it, in UTC: ``2026-11-30T12:00:00Z``."""
    if seconds is None:
        return None
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def row_values(
    row: object, names: Iterable[str], times: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the attributes *names* of *row*, and its *times* as :func:`iso` does."""
    values = {name: getattr(row, name) for name in names}
    return values | {name: iso(getattr(row, name)) for name in times}


def listed(lines: Iterable[Line], *, none: str) -> Iterator[str | Line]:
    """Yield *lines* as they come; where there are *none*, a person is told so."""
    is_empty = True
    for line in lines:
        is_empty = False
        yield line
    if is_empty:
        yield Remark(none)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """
    What an operator may do to a user.

    *do* is called in a writing transaction in which the user is locked: with the realm,
    the transaction, the user and who asks. It records what it did, and may refuse it.
    *offered* tells whether there is anything to do, asked with the realm, a transaction
    and the user. People read the *label* of the button, a *text* on what follows from
    it, and once it is *done* a sentence; all are translatable.
    """

    label: str
    text: str
    done: str
    do: Callable[[Any, Any, Any, Any], None]
    offered: Callable[[Any, Any, Any], bool] = lambda *_: True


def add_most(parser: argparse.ArgumentParser) -> None:
    """Add ``--most``, which every list has that grows by itself."""
    parser.add_argument(
        "--most", type=int, default=100, help="list so many (default: %(default)s)"
    )
