"""
Joining the ejected code to the application, and taking it apart again.

What has to stand in the application's own files follows from the options and from
what those files say, so that nothing of it is kept in the manifest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import collisions, frameworks, surroundings
from .application import Source, sources
from .blocks import Block, Edit, edit, is_part, is_tagged, without
from .errors import EjectError
from .journal import Change
from .options import Options
from .paths import content_of, digest, seen
from .planning import Plan, Step

#: Files that are no Python and may have lines of ours.
_OTHERS = "pyproject.toml", "MANIFEST.in", ".gitignore"


class Collision(EjectError):
    """The application has what the code would have; the message says where."""


def with_framework(project: Path, options: Options) -> Options:
    """Return *options* with the framework that *project* is made with, if none yet."""
    if options.framework:
        return options
    found = sources(project, options.folder)
    return replace(options, framework=frameworks.detected(found))


def refuse_collisions(project: Path, options: Options, tables: Sequence[str]) -> None:
    """
    Raise :class:`Collision` if the application has one of *tables* or our addresses.

    All are told at once, before anything is written (GN-09).
    """
    found = sources(project, options.folder)
    told = [*collisions.tables(found, tables)]
    addresses = [*collisions.routes(found, options.prefix)]
    if addresses:
        addresses.append("put the pages elsewhere: --prefix /members")
    if told or addresses:
        raise Collision("nothing was written: " + "\n  ".join([*told, *addresses]))


def mounts(project: Path, options: Options) -> list[str]:
    """Return where *project* still mounts arware's own realm."""
    return list(collisions.mounts(sources(project, options.folder)))


def edits(project: Path, options: Options) -> list[Edit]:
    """
    Return what the application's files need, and whether they have it (GN-06).

    Pages by themselves need nothing.
    """
    if not options.package:
        return []
    found = sources(project, options.folder)
    return [edit(project, block) for block in _blocks(project, options, found)]


def _blocks(project: Path, options: Options, found: Sequence[Source]) -> list[Block]:
    return [
        *frameworks.blocks(options, found),
        *surroundings.blocks(project, options, found),
    ]


def joined(plan: Plan, project: Path, options: Options) -> Plan:
    """Return *plan* with what joins the code to the application, all or nothing."""
    steps, changes, contents = [*plan.steps], [*plan.changes], {**plan.contents}
    for one in edits(project, options):
        path = one.block.path
        text = one.block.text if one.outcome == "MANUAL" else ""
        steps.append(Step(one.outcome, path or "(paste it yourself)", text=text))
        if one.data is not None:
            before = content_of(project, path) or b""
            changes.append(Change(path, digest(before), digest(one.data)))
            contents[path] = one.data
    return replace(plan, steps=tuple(steps), changes=tuple(changes), contents=contents)


def parted(plan: Plan, project: Path, options: Options) -> Plan:
    """
    Return *plan* with the lines taken out that bear the tag.

    A file that would not be sound without them, as where somebody has put other lines
    in between, stays as it is, and is told.
    """
    steps, changes, contents = [*plan.steps], [*plan.changes], {**plan.contents}
    paths = [source.path for source in sources(project, options.folder)]
    for path in (*paths, *_OTHERS):
        before = seen(project, path)
        if before is None or not is_tagged(before):
            continue
        after = without(before)
        if (project / path).is_symlink() or not is_part(path, after, before):
            steps.append(Step("MANUAL", path, text="Take out the lines with the tag."))
            continue
        steps.append(Step("take out", path))
        changes.append(Change(path, digest(before), digest(after)))
        contents[path] = after
    return replace(plan, steps=tuple(steps), changes=tuple(changes), contents=contents)
