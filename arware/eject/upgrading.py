"""What ``upgrade``, ``add`` and ``drop`` would do: the same merge with other files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from .committed import tracked, uncommitted, unmerged
from .errors import EjectError
from .fixes import OpenFix
from .manifest import FOLDER, Manifest, pristine, records
from .merging import Merged, MergedFile, Outcome
from .merging import merge as merge_trees
from .options import Options
from .paths import UnsafePath, content_of, place_of
from .planning import Action, Changed, Plan, Step, change_of, plan_of, record_changes
from .revisions import relinked

#: A file that was ejected and renamed since is not larger.
_LARGEST = 256 * 1024
#: A longer list of files is cut.
_SHOWN = 20

ACTIONS: Mapping[Outcome, Action] = {
    Outcome.UNCHANGED: "identical",
    Outcome.REPLACED: "replace",
    Outcome.MERGED: "merged",
    Outcome.CONFLICT: "conflict",
    Outcome.ADDED: "create",
    Outcome.DELETED: "delete",
    Outcome.STAYS_DELETED: "missing",
}


class NotCommitted(EjectError):
    """Git could not undo what was asked for; the message says what to commit."""


@dataclass(frozen=True, slots=True)
class Merge:
    """From what *manifest* says to what *version* ejects with *options*: *rendered*."""

    manifest: Manifest
    options: Options
    rendered: Mapping[str, bytes]
    version: str


def plan_merge(project: Path, merge: Merge, fixes: Sequence[OpenFix] = ()) -> Plan:
    """
    Plan to merge what changes by *merge* into the application.

    ``.arware/`` is brought to it, so that a second time there is nothing to do,
    whatever is left to a person: also what one of *fixes* is about and was deleted.
    Raises :class:`~arware.eject.manifest.InvalidManifest` and
    :class:`~arware.eject.repositories.CannotMerge`.
    """
    manifest, options, rendered = merge.manifest, merge.options, merge.rendered
    base = pristine(project, manifest)
    yours = _yours(project, base, rendered, options)
    merged = _with_history(merge_trees(base, yours, rendered), options)
    fixed = {path: fix.id for fix in fixes for path in fix.files}
    told = {
        path: _step(path, file, fixed)
        for path, file in merged.files.items()
        if path in base or path in rendered or file.renamed_from
    }
    told |= {
        path: Step("conflict", path, "not decided yet")
        for path in sorted(unmerged(project))
        if path in told or _is_of(options, path)
    }
    steps = [*told.values()]
    wanted = records(merge.version, options, rendered)
    recorded = record_changes(project, manifest, wanted)
    steps.append(Step("replace" if recorded else "identical", f"{FOLDER}/"))
    # What is as it was is not what a person looks for: the end is what they see.
    steps.sort(key=lambda step: step.action != "identical")
    changed: list[Changed] = [
        (change_of(path, yours.get(path), file.content), file.content)
        for path, file in merged.files.items()
        if file.content != yours.get(path)
    ]
    return plan_of(steps, [*changed, *recorded], merged.conflicts)


def refuse_uncommitted(project: Path, plan: Plan) -> None:
    """Raise :class:`NotCommitted` unless git could bring back what *plan* touches."""
    touched = {change.path for change in plan.changes} | plan.conflicts.keys()
    lost = uncommitted(project, touched)
    if lost:
        names = "".join(f"\n  {path}" for path in lost[:_SHOWN])
        more = f"\n  and {len(lost) - _SHOWN} more" if len(lost) > _SHOWN else ""
        raise NotCommitted(f"commit first, so that git can undo this:{names}{more}")


def _is_of(options: Options, path: str) -> bool:
    """Tell whether *path* lies where something is ejected to."""
    folders = filter(None, (options.folder, options.pages_folder))
    return any(path.startswith(f"{folder}/") for folder in folders)


# --- What there is ---------------------------------------------------------------


def _yours(
    project: Path,
    base: Mapping[str, bytes],
    rendered: Mapping[str, bytes],
    options: Options,
) -> dict[str, bytes]:
    """Return the files of the application that a merge may be about."""
    versions = place_of(project, _versions(options))
    own = [path.relative_to(project).as_posix() for path in versions.glob("*.py")]
    found = dict(_contents(project, {*base, *rendered, *own}))
    missing = base.keys() - found
    if missing:
        kinds = {PurePosixPath(path).suffix for path in missing}
        candidates = {
            path
            for path in tracked(project)
            if PurePosixPath(path).suffix in kinds
            and not path.startswith(f"{FOLDER}/")
            and _may_be_renamed(project, path)
        }
        found |= dict(_contents(project, candidates - found.keys()))
    return found


def _contents(project: Path, paths: Collection[str]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        data = content_of(project, path)
        if data is not None:
            yield path, data


def _may_be_renamed(project: Path, path: str) -> bool:
    """Tell whether the tracked *path* can be one that was ejected elsewhere."""
    try:
        data = content_of(project, path)
    except UnsafePath:
        return False
    return data is not None and len(data) <= _LARGEST and path.isprintable()


def _versions(options: Options) -> str:
    """Return where revisions stand; where there are only pages, there are none."""
    return f"{options.folder or options.pages_folder}/migrations/versions"


def _with_history(merged: Merged, options: Options) -> Merged:
    """Return *merged* with new revisions behind those of the application."""
    versions = {
        path: content
        for path, content in merged.tree.items()
        if path.startswith(f"{_versions(options)}/")
    }
    new = [path for path in versions if merged.files[path].outcome is Outcome.ADDED]
    files = dict(merged.files)
    for path, content in relinked(versions, new).items():
        note = "put behind your own revisions"
        files[path] = replace(files[path], content=content, note=note)
    return Merged(files)


def _step(path: str, file: MergedFile, fixed: Mapping[str, str]) -> Step:
    origin = f"was {file.renamed_from}" if file.renamed_from else ""
    note = "; ".join(filter(None, (origin, file.note)))
    if file.outcome is Outcome.STAYS_DELETED and path in fixed:
        return Step("unfixed", path, f"you deleted it; {fixed[path]} is about it")
    return Step(ACTIONS[file.outcome], path, note)


# --- What stands against it ------------------------------------------------------


def refuse_older(version: str, manifest: Manifest) -> None:
    """Raise if the code is of a later release than *version*, which is installed."""
    if older := told_older(version, manifest):
        raise EjectError(older)


def told_older(version: str, manifest: Manifest) -> str:
    """Return what to say of code of a later release than *version*, else ``""``."""
    if _numbers(manifest.version) <= _numbers(version):
        return ""
    return (
        f"the code is of arware {manifest.version}, and this is {version}: "
        f"pip install 'arware>={manifest.version}'"
    )


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a release: ``1.10.2rc1`` is later than ``1.9``."""
    release = re.split(r"[^\d.]", version)[0]
    return tuple(int(number) for number in re.findall(r"\d+", release))
