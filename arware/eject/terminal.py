"""What the commands of ``arware eject`` share: the project, the plan, and its lines."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from arware.kit.terminal import CommandError, remark, say

from .conflicts import index_entries
from .errors import EjectError
from .journal import Journal, terminated_like_an_error
from .manifest import Manifest, read_manifest
from .options import Options
from .planning import Plan

Run = Callable[[argparse.Namespace], int]

#: Exit codes beside 0; 1 is that of a `CommandError`, 2 argparse's.
OPEN, LEFT = 3, 4


def add_command(
    subparsers: Any, name: str, run: Run, what: str
) -> argparse.ArgumentParser:
    """Add the parser of a command; its errors are told, and end with 1."""
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=what)
    parser.add_argument(
        "--project",
        type=_folder,
        default=".",
        metavar="FOLDER",
        help="the top of your application (default: the current folder)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    parser.set_defaults(run=partial(_safely, run), parser=parser)
    return parser


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    """Add the option that has a plan printed and nothing done."""
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be done, do nothing"
    )


def _folder(text: str) -> Path:
    folder = Path(text).resolve()
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return folder


def _safely(run: Run, arguments: argparse.Namespace) -> int:
    try:
        with terminated_like_an_error():
            return run(arguments)
    except (EjectError, OSError) as error:
        raise CommandError(str(error)) from None


@contextlib.contextmanager
def project_of(
    arguments: argparse.Namespace, *, only_looks: bool = False
) -> Iterator[Journal]:
    """
    Take the project for this process, and finish what was interrupted in it.

    What *only looks*, and any dry run, changes nothing: it raises while there is
    something to finish, since files of before and after would stand side by side.
    """
    with Journal(arguments.project) as journal:
        if only_looks or getattr(arguments, "dry_run", False):
            if journal.is_pending():
                raise EjectError(
                    "a call was interrupted half-way, and this one changes nothing: "
                    "make that call again, which finishes it first"
                )
        elif journal.recover():
            remark("An interrupted call was finished first.")
        yield journal


def manifest_of(project: Path) -> Manifest:
    """Return the manifest; raise if nothing was ejected into *project*."""
    manifest = read_manifest(project)
    if manifest is None:
        raise EjectError(
            f"nothing was ejected into {project}: name the top of your application "
            "with --project, or begin with `arware eject new`"
        )
    return manifest


def options_in(project: Path) -> Options:
    """Return the options of what was ejected into *project*, be it nothing."""
    manifest = read_manifest(project)
    return manifest.options if manifest else Options()


def carry_out(
    arguments: argparse.Namespace, journal: Journal, plan: Plan, after: Sequence[str]
) -> int:
    """Do *plan*, or only show it, and print its lines; return the exit code."""
    if not arguments.dry_run:
        entries = index_entries(journal.project, plan.conflicts)
        journal.write(plan.changes, plan.contents, entries)
    if arguments.json:
        steps = [
            {"action": step.action, "path": step.path}
            | ({"note": step.note} if step.note else {})
            | ({"text": step.text} if step.text else {})
            for step in plan.steps
        ]
        print_json(steps=steps, next=list(after))
    else:
        said = [step for step in plan.steps if step.action != "identical"]
        for step in said:
            note = f" ({step.note})" if step.note else ""
            say(f"{step.action:9} {step.path}{note}")
        if count := len(plan.steps) - len(said):
            say(f"{'identical':9} {count} files")
        for step in plan.steps:
            if step.text:
                say(f"\nMANUAL, {step.text}")
        for number, text in enumerate(after, 1):
            say(f"\n{number}. {text}" if len(after) > 1 else f"\n{text}")
    return LEFT if plan.left else 0


def print_json(**document: Any) -> None:
    """Print *document* for a program."""
    say(json.dumps(document, indent=2))
