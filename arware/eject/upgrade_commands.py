"""``arware eject upgrade``, ``add`` and ``drop``: one merge with other files."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from .errors import EjectError
from .follow_up import after_merging, of_dropped
from .journal import Journal
from .manifest import Manifest, pristine
from .options import Options
from .paths import digest
from .releases import Release
from .terminal import add_command, add_dry_run, carry_out, manifest_of, project_of
from .upgrading import plan_merge, refuse_older, refuse_uncommitted


def add_upgrade_parsers(subparsers: Any) -> None:
    """Add the commands that merge."""
    upgrade = add_command(
        subparsers, "upgrade", _upgrade, "merge this release into what you made of it"
    )
    add_dry_run(upgrade)
    for name, run, what in (
        ("add", _add, "copy the code of more features"),
        ("drop", _drop, "take out the code of features"),
    ):
        parser = add_command(subparsers, name, run, what)
        parser.add_argument("features", nargs="+", metavar="FEATURE")
        add_dry_run(parser)


def _upgrade(arguments: argparse.Namespace) -> int:
    release: Release = arguments.release
    with project_of(arguments) as journal:
        manifest = manifest_of(journal.project)
        options = release.possible(manifest.options)
        return _merge(arguments, journal, manifest, options, [])


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
        _refuse_outdated(manifest, release)
        before = manifest.options
        chosen = ({*before.features} | added) - dropped
        features = tuple(name for name in release.features if name in chosen)
        gone = [name for name in before.features if name in dropped]
        files = pristine(journal.project, manifest)
        notes = list(of_dropped(gone, before, files))
        options = replace(before, features=features)
        return _merge(arguments, journal, manifest, options, notes)


def _refuse_outdated(manifest: Manifest, release: Release) -> None:
    """Raise unless *release* is what was ejected: one thing is merged at a time."""
    rendered = release.rendered(release.possible(manifest.options))
    if manifest.files != {path: digest(data) for path, data in rendered.items()}:
        raise EjectError(
            f"the code is of arware {manifest.version}, and this is {release.version}: "
            "bring it here first, with `arware eject upgrade`"
        )


def _merge(
    arguments: argparse.Namespace,
    journal: Journal,
    manifest: Manifest,
    options: Options,
    notes: list[str],
) -> int:
    release: Release = arguments.release
    refuse_older(release.version, manifest)
    rendered = release.rendered(options)
    plan = plan_merge(journal.project, manifest, options, rendered, release.version)
    refuse_uncommitted(journal.project, plan)
    steps = [*notes, *after_merging(plan, options)] if plan.changes else []
    return carry_out(arguments, journal, plan, steps)
