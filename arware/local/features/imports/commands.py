"""``arware realm import``: people whom another system knew, from a file."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from arware.kit.database import failure_of
from arware.kit.operator import Line, NotDone, Remark, Run
from arware.kit.rows import FORMATS, UnreadableFile

from . import flow
from .flow import Outcome
from .people_file import NAMES, PeopleFile

if TYPE_CHECKING:
    from ...realm import Realm

_EXAMPLE = "password_hash=pw"


def import_file(parser: argparse.ArgumentParser) -> Run:
    """Make users of the lines of a file, CSV or JSON; without --apply only say how."""
    parser.add_argument("file", help="the file, - for what is piped in")
    parser.add_argument(
        "--apply", action="store_true", help="do it; without it nothing is changed"
    )
    parser.add_argument(
        "--format", choices=FORMATS, help="of the file, if its name does not end so"
    )
    add_mapping(parser, _EXAMPLE)
    parser.add_argument(
        "--firebase",
        type=Path,
        metavar="FILE",
        help="the hash parameters that the console of Firebase shows",
    )
    return _import


def add_mapping(parser: argparse.ArgumentParser, example: str) -> None:
    """Add ``--column`` and ``--verified``, which both imports have."""
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="OURS=YOURS",
        help=f"how a column is called there, like {example}; may be repeated",
    )
    parser.add_argument(
        "--verified", action="store_true", help="all addresses have been proved"
    )


def mapping_of(
    arguments: argparse.Namespace, names: Collection[str], example: str
) -> dict[str, str]:
    """Return what ``--column`` calls our *names*. Raises ``NotDone`` for others."""
    found = {}
    for text in arguments.column:
        ours, _, theirs = text.partition("=")
        if ours not in names or not theirs:
            raise NotDone(f"{text} is not like {example}: {', '.join(names)}")
        found[ours] = theirs
    return found


@dataclass
class Counted:
    """How many rows were added, known already and refused; and with which hashes."""

    added: int = 0
    known: int = 0
    refused: int = 0
    hashes: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count what came of a row."""
        self.refused += outcome.problem is not None
        self.added += outcome.is_new
        self.known += outcome.problem is None and not outcome.is_new
        if outcome.is_new:
            self.hashes[outcome.hash_kind] += 1

    @property
    def values(self) -> dict[str, Any]:
        """The numbers, for a program."""
        numbers = {name: getattr(self, name) for name in ("added", "known", "refused")}
        return {**numbers, "hashes": dict(sorted(self.hashes.items()))}

    def __str__(self) -> str:
        return f"{self.added} added, {self.known} known already"

    def check(self) -> None:
        """Raise ``NotDone`` if a row was refused, so that the exit code tells."""
        if self.refused:
            noun = "row" if self.refused == 1 else "rows"
            raise NotDone(f"{self.refused} {noun} could not be taken", "rows_refused")


def _import(realm: Realm, arguments: argparse.Namespace) -> Iterator[str | Line]:
    columns = mapping_of(arguments, NAMES, _EXAMPLE)
    people, counted = PeopleFile(columns, arguments.firebase), Counted()
    with people.opened(arguments.file, arguments.format) as rows:
        try:
            taken = flow.take_over(
                realm,
                rows,
                realm.operator(),
                verified=arguments.verified,
                apply=arguments.apply,
            )
            for outcome in taken:
                counted.add(outcome)
                if outcome.problem is not None:
                    yield _problem(arguments, outcome)
        except (UnreadableFile, SQLAlchemyError, OSError, KeyboardInterrupt) as error:
            raise _broken_off(arguments, counted, error) from None
    yield from _summary(arguments, counted, people.ignored)
    counted.check()


def _summary(
    arguments: argparse.Namespace, counted: Counted, ignored: set[str]
) -> Iterator[str | Line]:
    values = {"applied": arguments.apply, **counted.values, "ignored": sorted(ignored)}
    kinds = ", ".join(f"{n} {kind}" for kind, n in sorted(counted.hashes.items()))
    done = str(counted) if arguments.apply else f"Not done yet: {counted}"
    yield Line(f"{done}, {counted.refused} refused", values)
    if kinds:
        yield Remark(f"Their passwords: {kinds}.")
    if counted.hashes[flow.UNKNOWN_HASH]:
        yield Remark(
            "Who has an unknown hash asks for a new password at the first login."
        )
    if ignored:
        yield Remark(f"Not used of the file: {', '.join(sorted(ignored))}.")
    if not arguments.apply:
        yield Remark("Nothing was changed. Do it with --apply.")


def _problem(arguments: argparse.Namespace, outcome: Outcome) -> Line:
    line, said = outcome.row.place, str(outcome.problem)
    reason = outcome.problem.reason if outcome.problem else ""
    values = {"line": line, "error": said, "reason": reason}
    return Line(f"{arguments.file}:{line}: {said}", values)


def _broken_off(
    arguments: argparse.Namespace, counted: Counted, error: BaseException
) -> NotDone:
    said = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
    if isinstance(error, SQLAlchemyError):
        said = failure_of(error)
    if not arguments.apply:
        return NotDone(said, "broken_off")
    return NotDone(
        f"{said}; {counted.added} were added and stay: once it is mended, run the same "
        "again, and it goes on from there",
        "broken_off",
    )
