"""``arware eject upgrade``, ``add`` and ``drop``: one merge with other files."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from arware.kit.terminal import remark

from .dependencies import dependencies
from .errors import EjectError
from .fixes import OpenFix, read_fixes
from .follow_up import after_merging, of_dropped
from .journal import Journal
from .manifest import Manifest, pristine
from .options import Options
from .paths import digest
from .releases import Release
from .renamed_pages import with_renamed_pages
from .reports import inspect, show
from .terminal import (
    OPEN,
    add_command,
    add_dry_run,
    carry_out,
    manifest_of,
    project_of,
)
from .upgrading import Merge, plan_merge, refuse_older, refuse_uncommitted


def add_upgrade_parsers(subparsers: Any) -> None:
    """Add the commands that merge."""
    upgrade = add_command(
        subparsers, "upgrade", _upgrade, "merge this release into what you made of it"
    )
    upgrade.add_argument("--only", metavar="FIX-ID", help="merge one security fix only")
    upgrade.add_argument(
        "--check",
        action="store_true",
        help="only tell what can be merged; end with exit code 3 if anything can",
    )
    upgrade.add_argument(
        "--vendor", action="store_true", help="copy what the code imports of arware too"
    )
    add_dry_run(upgrade)
    for name, run, what in (
        ("add", _add, "copy the code of more features"),
        ("drop", _drop, "take out the code of features"),
    ):
        parser = add_command(subparsers, name, run, what)
        parser.add_argument(
            "features",
            nargs="+",
            metavar="FEATURE",
            help="like totp; AUTH.md lists yours",
        )
        add_dry_run(parser)


def _upgrade(arguments: argparse.Namespace) -> int:
    release: Release = arguments.release
    with project_of(arguments, only_looks=arguments.check) as journal:
        if arguments.check:
            report = inspect(journal.project, release)
            show(report, arguments, only_open=True)
            return OPEN if report.is_open else 0
        if arguments.only:
            return _fix(arguments, journal)
        manifest = manifest_of(journal.project)
        if arguments.vendor:
            _refuse_pages(manifest)
        options = with_renamed_pages(journal.project, manifest, release)
        gone = [
            name for name in manifest.options.features if name not in options.features
        ]
        notes = [f"arware {release.version} has no feature {name}" for name in gone]
        notes += of_dropped(gone, manifest, journal.project)
        if arguments.vendor:
            options = replace(options, vendor=True)
        merge = Merge(manifest, options, release.rendered(options), release.version)
        fixes, more = release.open_fixes(manifest), _left_out(release, options)
        return _merge(arguments, journal, merge, fixes, notes, more)


def _left_out(release: Release, options: Options) -> list[str]:
    """Return the step that tells which features there would be, if there are any."""
    names = ", ".join(release.lacking(options))
    what = f"arware {release.version} has features that are not here: {names}"
    return [f"{what} (`arware eject add NAME`)"] if names else []


def _fix(arguments: argparse.Namespace, journal: Journal) -> int:
    """Merge one fix into the code as it was ejected; all else stays of its release."""
    release: Release = arguments.release
    if arguments.only not in (fix.id for fix in read_fixes(release.fixes)):
        arguments.parser.error(f"arware {release.version} has no fix {arguments.only}")
    manifest = manifest_of(journal.project)
    fixes = [fix for fix in release.open_fixes(manifest) if fix.id == arguments.only]
    files: dict[str, bytes | None] = {**pristine(journal.project, manifest)}
    for fix in fixes:
        files |= fix.files
    wanted = {path: data for path, data in files.items() if data is not None}
    merge = Merge(manifest, manifest.options, wanted, manifest.version)
    if not fixes:
        remark(f"{arguments.only} is not open here")
    return _merge(arguments, journal, merge, fixes)


def _add(arguments: argparse.Namespace) -> int:
    return _change_features(arguments, added={*arguments.features})


def _drop(arguments: argparse.Namespace) -> int:
    return _change_features(arguments, dropped={*arguments.features})


def _change_features(
    arguments: argparse.Namespace,
    added: frozenset[str] | set[str] = frozenset(),
    dropped: frozenset[str] | set[str] = frozenset(),
) -> int:
    release: Release = arguments.release
    for name in added | dropped:
        if name not in release.features:
            known = ", ".join(release.features)
            arguments.parser.error(f"there is no feature {name!r}: {known}")
    with project_of(arguments) as journal:
        manifest = manifest_of(journal.project)
        _refuse_pages(manifest)
        _refuse_outdated(manifest, release)
        before = manifest.options
        chosen = ({*before.features} | added) - dropped
        features = tuple(name for name in release.features if name in chosen)
        gone = [name for name in before.features if name in dropped]
        notes = of_dropped(gone, manifest, journal.project)
        options = replace(before, features=features)
        merge = Merge(manifest, options, release.rendered(options), release.version)
        return _merge(arguments, journal, merge, notes=notes)


def _refuse_pages(manifest: Manifest) -> None:
    """Raise unless there is more than pages: those have no features and no imports."""
    if not manifest.options.package:
        raise EjectError("only pages are here; `arware eject new` copies the code")


def _refuse_outdated(manifest: Manifest, release: Release) -> None:
    """Raise unless *release* is what was ejected: one thing is merged at a time."""
    rendered = release.rendered(release.possible(manifest.options))
    if manifest.files != {path: digest(data) for path, data in rendered.items()}:
        raise EjectError(
            f"the code is of arware {manifest.version}, and this is {release.version}: "
            "bring it here first, with `arware eject upgrade`"
        )


def _depend(merge: Merge) -> list[str]:
    """Return the step that tells what the application depends on since, if other."""
    before, now = dependencies(merge.manifest.options), dependencies(merge.options)
    return [f"Your application depends on {now} now"] if now != before else []


def _merge(
    arguments: argparse.Namespace,
    journal: Journal,
    merge: Merge,
    fixes: Sequence[OpenFix] = (),
    notes: Sequence[str] = (),
    more: Sequence[str] = (),
) -> int:
    refuse_older(arguments.release.version, merge.manifest)
    plan = plan_merge(journal.project, merge, fixes)
    refuse_uncommitted(journal.project, plan)
    steps: list[str] = []
    if plan.changes or plan.left:
        notes = [*(f"{fix.id} comes with it: {fix.title}" for fix in fixes), *notes]
        notes += _depend(merge)
        steps = [*notes, *after_merging(plan, merge.options), *more]
    return carry_out(arguments, journal, plan, steps)
