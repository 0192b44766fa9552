"""How the ejected code stands to what was ejected, and to this release."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from arware.kit.terminal import remark, say

from .blocks import Edit
from .fixes import OpenFix
from .inspection import FileStatus, status
from .joining import edits, mounts
from .manifest import Manifest
from .next_steps import still_mounted
from .releases import Release
from .terminal import manifest_of, print_json
from .upgrading import told_older


@dataclass(frozen=True, slots=True)
class Report:
    """What there is, what *release* has for it, and how the application is joined."""

    manifest: Manifest
    release: Release
    files: list[FileStatus]
    fixes: list[OpenFix]
    edits: list[Edit]
    mounts: list[str]

    @property
    def lacking(self) -> list[str]:
        """The features of the release that the application has left out."""
        return self.release.lacking(self.manifest.options)

    @property
    def is_open(self) -> bool:
        """Whether the release, or a fix, can be merged."""
        return bool(self.fixes) or any(file.outdated for file in self.files)


def inspect(project: Path, release: Release) -> Report:
    """Return how *project* stands; raise if nothing was ejected there."""
    manifest = manifest_of(project)
    rendered = release.rendered(release.possible(manifest.options))
    files = status(project, manifest, rendered)
    joins = edits(project, manifest.options)
    left = mounts(project, manifest.options)
    return Report(manifest, release, files, release.open_fixes(manifest), joins, left)


def show(
    report: Report, arguments: argparse.Namespace, *, only_open: bool = False
) -> None:
    """Print *report*, of *only_open* files if asked for; to programs, all of it."""
    manifest, release = report.manifest, report.release
    if arguments.json:
        print_json(
            arware=manifest.version,
            release=release.version,
            package=manifest.options.package,
            features=list(manifest.options.features),
            lacking=report.lacking,
            pages=list(manifest.options.pages),
            files=[asdict(file) for file in report.files],
            fixes=[{"id": fix.id, "title": fix.title} for fix in report.fixes],
            joined=[
                {
                    "path": one.block.path,
                    "lines": one.block.lines,
                    "is_there": one.outcome == "already",
                }
                for one in report.edits
            ],
            mounts=report.mounts,
        )
        return
    shown = [file for file in report.files if file.outdated or not only_open]
    for file in shown:
        if file.state == "pristine" and not file.outdated:
            continue  # most are: they are counted
        mark = " (outdated)" if file.outdated and file.state != "new" else ""
        say(f"{file.state:9} {file.path}{mark}")
    for fix in report.fixes:
        say(f"{'fix':9} {fix.id} ({fix.title})")
    if not only_open:
        _show_joining(report)
    counts = Counter(file.state for file in shown)
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    remark(told or "Nothing is open.")
    if older := told_older(release.version, manifest):
        remark(older)
    elif any(file.outdated for file in report.files):
        remark(f"ejected from arware {manifest.version}; this is {release.version}")
    if report.lacking and not only_open:
        remark(f"not here: {', '.join(report.lacking)} (arware eject add NAME)")
    for fix in report.fixes:
        remark(f"{fix.id} is open: arware eject upgrade --only {fix.id}")


def _show_joining(report: Report) -> None:
    """Print which lines the application's files have, those to add and to take out."""
    lacking = [one for one in report.edits if one.outcome != "already"]
    for one in report.edits:
        word = "MANUAL" if one in lacking else "already"
        say(f"{word:9} {one.block.path or '(paste it yourself)'}")
    for one in lacking:
        say(f"\nMANUAL, {one.block.text}")
    if report.mounts:
        remark(still_mounted(report.mounts))
