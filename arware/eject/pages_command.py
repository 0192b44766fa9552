"""``arware eject templates``: single pages, for a realm that stays the library's."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from arware.kit.terminal import say

from .errors import EjectError
from .options import InvalidOption
from .planning import plan_new
from .releases import Release
from .terminal import (
    add_command,
    add_dry_run,
    carry_out,
    options_in,
    print_json,
    project_of,
)

FOLDER = "auth_templates"


def add_templates_parser(subparsers: Any) -> None:
    """Add the command."""
    parser = add_command(
        subparsers, "templates", _templates, "copy single pages, to change them"
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="NAME",
        help="like reset/ask, or reset for all of them (default: list the names)",
    )
    parser.add_argument(
        "--folder", metavar="FOLDER", help=f"where they go (default: {FOLDER})"
    )
    add_dry_run(parser)


def _templates(arguments: argparse.Namespace) -> int:
    release: Release = arguments.release
    try:
        chosen = chosen_pages(release.pages, arguments.names)
    except InvalidOption as error:
        arguments.parser.error(str(error))
    if not chosen:
        return _list(release.pages, as_json=arguments.json)
    with project_of(arguments) as journal:
        project = journal.project
        before = options_in(project)
        if before.package:
            raise EjectError(f"the pages are yours already: see {before.folder}")
        named = arguments.folder or before.pages_folder or FOLDER
        options = replace(
            before,
            pages=tuple(sorted({*before.pages, *chosen})),
            pages_folder=PurePosixPath(named).as_posix(),
        )
        plan = plan_new(project, options, release.rendered(options), release.version)
        steps = _next_steps(options.pages_folder) if plan.changes else []
        return carry_out(arguments, journal, plan, steps)


def chosen_pages(known: Sequence[str], names: Sequence[str]) -> list[str]:
    """
    Return which of the *known* pages *names* stand for.

    A name is a page's own, with or without its ending, or that of a feature. Raises
    :class:`InvalidOption` for one that stands for none.
    """
    found: list[str] = []
    for name in names:
        meant = [
            page
            for page in known
            if name in (page, page.removesuffix(".jinja2"))
            or page.startswith(f"{name}/")
        ]
        if not meant:
            raise InvalidOption(
                f"there is no page {name!r}: `arware eject templates` lists them"
            )
        found += meant
    return found


def _list(names: Sequence[str], *, as_json: bool) -> int:
    if as_json:
        print_json(templates=list(names))
    else:
        for name in names:
            say(name)
    return 0


def _next_steps(folder: str) -> list[str]:
    setting = f"templates = %(here)s/{folder} in the section [realm] of its ini file"
    keyword = f'Realm(..., templates="{folder}")'
    return [
        f"Name the folder to the realm: {setting}, or {keyword}",
        f"Commit {folder} and .arware: later releases are merged by them",
    ]
