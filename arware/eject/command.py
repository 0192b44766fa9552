"""
``arware eject``: from the command line to a plan, and from a plan to files.

Exit codes: 0 done, or nothing to do; 1 refused or failed, and nothing was changed; 2
wrong usage; 3 ``--check`` found that a release or a fix is open; 4 done, and something
is left to a person.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import inspection
from .errors import EjectError
from .joining import joined, mounts, parted, refuse_collisions, with_framework
from .manifest import pristine
from .next_steps import after_removal, next_steps, tables_of
from .options import (
    FRAMEWORKS,
    PRESETS,
    InvalidOption,
    Options,
    chosen_features,
    package_name,
    prefix_path,
)
from .pages_command import add_templates_parser
from .planning import folder_of, plan_new, plan_remove
from .releases import INSTALLED, Release
from .reports import inspect, show
from .terminal import (
    OPEN,
    add_command,
    add_dry_run,
    carry_out,
    manifest_of,
    options_in,
    print_json,
    project_of,
)
from .upgrade_commands import add_upgrade_parsers


def add_parsers(subparsers: Any, release: Release = INSTALLED) -> None:
    """
    Add the commands; the handler of each is ``run(arguments)``, its exit code.

    What they eject is *release*.
    """
    _add_new(subparsers)
    add_templates_parser(subparsers)
    status = add_command(
        subparsers, "status", _status, "tell which files you have changed"
    )
    status.add_argument(
        "--check",
        action="store_true",
        help="end with exit code 3 if a release or a fix can be merged",
    )
    diff = add_command(subparsers, "diff", _diff, "show what you have changed")
    diff.add_argument("path", nargs="?", metavar="PATH", help="a file or a folder")
    add_upgrade_parsers(subparsers)
    remove = add_command(
        subparsers, "remove", _remove, "delete the files that are unchanged"
    )
    add_dry_run(remove)
    for parser in subparsers.choices.values():
        parser.set_defaults(release=release)


def _add_new(subparsers: Any) -> None:
    new = add_command(
        subparsers, "new", _new, "copy the realm's code into a package of yours"
    )
    new.add_argument(
        "package",
        metavar="PACKAGE",
        help="the name of the new package, like myapp.auth",
    )
    new.add_argument(
        "--preset",
        choices=PRESETS,
        default="authkit",
        help="which features to copy (default: %(default)s)",
    )
    for option, what in (
        ("--with", "features to add to"),
        ("--without", "features to leave out of"),
    ):
        new.add_argument(
            option,
            dest=option[2:],
            type=_names,
            default=(),
            metavar="FEATURE,FEATURE",
            help=f"{what} the preset",
        )
    new.add_argument(
        "--framework",
        choices=FRAMEWORKS,
        help="what your application is made with (default: found out)",
    )
    new.add_argument(
        "--prefix",
        default="/auth",
        metavar="PATH",
        help="where the pages are in your application (default: %(default)s)",
    )
    new.add_argument(
        "--vendor", action="store_true", help="copy what the code imports of arware too"
    )
    add_dry_run(new)


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (name.strip() for name in text.split(","))))


def _new(arguments: argparse.Namespace) -> int:
    release = arguments.release
    try:
        package = package_name(arguments.package)
        prefix = prefix_path(arguments.prefix)
        features = chosen_features(
            release.features,
            arguments.preset,
            getattr(arguments, "with"),
            arguments.without,
        )
    except InvalidOption as error:
        arguments.parser.error(str(error))
    with project_of(arguments) as journal:
        project = journal.project
        before = options_in(project)
        options = replace(
            before,
            package=package,
            folder=_folder_of(project, package, before),
            features=features,
            vendor=arguments.vendor,
            prefix=prefix,
            framework=arguments.framework or before.framework,
        )
        options = with_framework(project, options)
        rendered = release.rendered(options)
        plan = plan_new(project, options, rendered, release.version)
        if plan.changes:
            refuse_collisions(project, options, tables_of(rendered))
        plan = joined(plan, project, options)
        steps = next_steps(options, mounts(project, options))
        return carry_out(arguments, journal, plan, steps if plan.changes else [])


def _folder_of(project: Path, package: str, before: Options) -> str:
    is_there = package == before.package
    return before.folder if is_there else folder_of(project, package)


def _remove(arguments: argparse.Namespace) -> int:
    with project_of(arguments) as journal:
        manifest = manifest_of(journal.project)
        plan = plan_remove(journal.project, manifest)
        plan = parted(plan, journal.project, manifest.options)
        tables = tables_of(pristine(journal.project, manifest))
        after = after_removal(tables) if tables else []
        return carry_out(arguments, journal, plan, after)


def _status(arguments: argparse.Namespace) -> int:
    with project_of(arguments, only_looks=True) as journal:
        report = inspect(journal.project, arguments.release)
    show(report, arguments)
    return OPEN if arguments.check and report.is_open else 0


def _diff(arguments: argparse.Namespace) -> int:
    with project_of(arguments, only_looks=True) as journal:
        project = journal.project
        below = _below(project, arguments.path)
        lines = list(inspection.diff(project, manifest_of(project), below))
    if arguments.json:
        print_json(diff="".join(lines))
    else:
        sys.stdout.write("".join(lines))
    return 0


def _below(project: Path, path: str | None) -> str | None:
    """Return *path*, relative to the current folder, as the manifest has it."""
    if path is None:
        return None
    place = (Path.cwd() / path).resolve()
    if place == project:
        return None
    if not place.is_relative_to(project):
        raise EjectError(f"{path} is not in {project}")
    return place.relative_to(project).as_posix()
