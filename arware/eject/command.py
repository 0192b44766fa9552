"""
``arware eject``: from the command line to a plan, and from a plan to files.

Exit codes: 0 done, or nothing to do; 1 refused or failed, and nothing was changed; 2
wrong usage; 3 ``--check`` found that a release is open.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from arware.local.command.terminal import CommandError, remark, say
from arware.version import __version__

from . import inspection
from .errors import EjectError
from .journal import Journal, terminated_like_an_error
from .manifest import Manifest, pristine, read_manifest
from .next_steps import FRAMEWORKS, after_removal, next_steps, tables_of
from .options import PRESETS, InvalidOption, Options, chosen_features, package_name
from .planning import Plan, folder_of, plan_new, plan_remove
from .rendering import RELEASE, known_features, render

Run = Callable[[argparse.Namespace], int]


def add_parsers(subparsers: Any) -> None:
    """Add the commands; the handler of each is ``run(arguments)``, its exit code."""
    new = _add(subparsers, "new", _new, "copy the realm's code into a package of yours")
    new.add_argument("package", metavar="PACKAGE", help="its name, like myapp.auth")
    new.add_argument("--preset", choices=PRESETS, default="authkit")
    for option, what in (("--with", "besides"), ("--without", "but not")):
        new.add_argument(
            option,
            dest=option[2:],
            type=_names,
            default=(),
            metavar="FEATURE,FEATURE",
            help=f"{what} the preset's",
        )
    new.add_argument("--framework", choices=FRAMEWORKS, help="whose text is printed")
    new.add_argument("--prefix", type=_prefix, default="/auth", help="(default: /auth)")
    new.add_argument(
        "--vendor", action="store_true", help="copy what the code imports of arware too"
    )
    _add_dry_run(new)
    status = _add(subparsers, "status", _status, "tell which files you have changed")
    status.add_argument(
        "--check", action="store_true", help="end with 3 if this release has others"
    )
    diff = _add(subparsers, "diff", _diff, "show what you have changed")
    diff.add_argument("path", nargs="?", metavar="PATH", help="a file or a folder")
    remove = _add(subparsers, "remove", _remove, "delete the files that are unchanged")
    _add_dry_run(remove)


def _add(subparsers: Any, name: str, run: Run, what: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = subparsers.add_parser(name, help=what)
    parser.add_argument(
        "--project",
        type=_folder,
        default=".",
        metavar="FOLDER",
        help="the top of your application (default: the current folder)",
    )
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.set_defaults(run=partial(_safely, run), parser=parser)
    return parser


def _add_dry_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be done, do nothing"
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def _prefix(text: str) -> str:
    if not re.fullmatch(r"(/[a-z0-9_-]+)+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no prefix, like /auth")
    return text


def _folder(text: str) -> Path:
    folder = Path(text).resolve()
    if not folder.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return folder


# --- The commands ----------------------------------------------------------------


def _new(arguments: argparse.Namespace) -> int:
    try:
        package = package_name(arguments.package)
        features = chosen_features(
            known_features(RELEASE),
            arguments.preset,
            getattr(arguments, "with"),
            arguments.without,
        )
    except InvalidOption as error:
        arguments.parser.error(str(error))
    with _project(arguments) as journal:
        project = journal.project
        folder = folder_of(project, package)
        options = Options(package, folder, features, vendor=arguments.vendor)
        plan = plan_new(project, options, render(RELEASE, options), __version__)
        steps = next_steps(options, arguments.framework, arguments.prefix)
        _do(arguments, journal, plan, steps if plan.changes else [])
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    with _project(arguments) as journal:
        manifest = _manifest(journal.project)
        plan = plan_remove(journal.project, manifest)
        tables = tables_of(pristine(journal.project, manifest))
        _do(arguments, journal, plan, after_removal(tables))
    return 0


def _status(arguments: argparse.Namespace) -> int:
    with _project(arguments) as journal:
        manifest = _manifest(journal.project)
        rendered = render(RELEASE, manifest.options)
        files = inspection.status(journal.project, manifest, rendered)
    is_open = any(file.outdated for file in files)
    if arguments.json:
        _print_json(
            arware=manifest.version,
            release=__version__,
            package=manifest.options.package,
            features=list(manifest.options.features),
            files=[
                {"path": file.path, "state": file.state, "outdated": file.outdated}
                for file in files
            ],
        )
    else:
        for file in files:
            mark = " (outdated)" if file.outdated and file.state != "new" else ""
            say(f"{file.state:9} {file.path}{mark}")
        remark(f"{_counted(Counter(file.state for file in files))}")
        if is_open:
            remark(f"ejected from arware {manifest.version}; this is {__version__}")
    return 3 if arguments.check and is_open else 0


def _diff(arguments: argparse.Namespace) -> int:
    with _project(arguments) as journal:
        project = journal.project
        below = _below(project, arguments.path)
        lines = list(inspection.diff(project, _manifest(project), below))
    if arguments.json:
        _print_json(diff="".join(lines))
    else:
        sys.stdout.write("".join(lines))
    return 0


# --- What they share -------------------------------------------------------------


def _safely(run: Run, arguments: argparse.Namespace) -> int:
    try:
        with terminated_like_an_error():
            return run(arguments)
    except (EjectError, OSError) as error:
        raise CommandError(str(error)) from None


@contextlib.contextmanager
def _project(arguments: argparse.Namespace) -> Iterator[Journal]:
    """Take the project for this process, and finish what was interrupted in it."""
    with Journal(arguments.project) as journal:
        if getattr(arguments, "dry_run", False):
            if journal.is_pending():
                raise EjectError("an interrupted call is to be finished first")
        elif journal.recover():
            remark("An interrupted call was finished first.")
        yield journal


def _manifest(project: Path) -> Manifest:
    manifest = read_manifest(project)
    if manifest is None:
        raise EjectError(f"nothing was ejected into {project}")
    return manifest


def _below(project: Path, path: str | None) -> str | None:
    """Return *path*, relative to the current folder, as the manifest has it."""
    if path is None:
        return None
    place = Path.cwd() / path
    if not place.is_relative_to(project):
        raise EjectError(f"{path} is not in {project}")
    return place.relative_to(project).as_posix()


def _do(
    arguments: argparse.Namespace, journal: Journal, plan: Plan, after: list[str]
) -> None:
    """Carry out *plan*, unless that is only to be shown, and print it."""
    if not arguments.dry_run:
        journal.write(plan.changes, plan.contents)
    if arguments.json:
        steps = [{"action": step.action, "path": step.path} for step in plan.steps]
        _print_json(steps=steps, next=after)
        return
    for step in plan.steps:
        say(f"{step.action:9} {step.path}")
    for number, text in enumerate(after, 1):
        say(f"\n{number}. {text}" if len(after) > 1 else f"\n{text}")


def _counted(counts: Counter[inspection.State]) -> str:
    return ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))


def _print_json(**document: Any) -> None:
    say(json.dumps(document, indent=2))
