"""What ``upgrade``, ``add`` and ``drop`` would do: the same merge with other files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from .committed import tracked, uncommitted
from .errors import EjectError
from .journal import Change
from .manifest import FOLDER, Manifest, pristine, record_paths, records
from .merging import Merged, MergedFile, Outcome, merge
from .options import Options
from .paths import UnsafePath, content_of, digest, is_same
from .planning import Action, Plan, Step
from .revisions import relinked

#: A file that was ejected and renamed since is not larger.
_LARGEST = 256 * 1024

_ACTIONS: Mapping[Outcome, Action] = {
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


def plan_merge(
    project: Path,
    manifest: Manifest,
    options: Options,
    rendered: Mapping[str, bytes],
    version: str,
) -> Plan:
    """
    Plan to merge what changed from *manifest* to *rendered* into the application.

    *rendered* is what *version* ejects with *options*. ``.arware/`` is brought to it,
    so that a second time there is nothing to do, whatever is left to a person. Raises
    :class:`~arware.eject.manifest.InvalidManifest` and
    :class:`~arware.eject.repositories.CannotMerge`.
    """
    base = pristine(project, manifest)
    yours = _yours(project, base, rendered, options)
    merged = _with_history(merge(base, yours, rendered), options)
    told = [
        _step(path, file)
        for path, file in merged.files.items()
        if path in base or path in rendered or file.renamed_from
    ]
    contents = {path: file.content for path, file in merged.files.items()}
    changes = list(_changes(contents, yours))
    recorded = list(_recorded(project, manifest, records(version, options, rendered)))
    step = Step("replace" if recorded else "identical", f"{FOLDER}/")
    return Plan(
        steps=(*told, step),
        changes=tuple(change for change, _ in [*changes, *recorded]),
        contents={
            change.path: content
            for change, content in [*changes, *recorded]
            if content is not None
        },
        conflicts=merged.conflicts,
    )


def refuse_uncommitted(project: Path, plan: Plan) -> None:
    """Raise :class:`NotCommitted` unless git could bring back what *plan* touches."""
    touched = {change.path for change in plan.changes} | plan.conflicts.keys()
    lost = uncommitted(project, touched)
    if lost:
        names = "".join(f"\n  {path}" for path in lost)
        raise NotCommitted(f"commit first, so that git can undo this:{names}")


# --- What there is ---------------------------------------------------------------


def _yours(
    project: Path,
    base: Mapping[str, bytes],
    rendered: Mapping[str, bytes],
    options: Options,
) -> dict[str, bytes]:
    """Return the files of the application that a merge may be about."""
    versions = project / _versions(options)
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
    return f"{options.folder}/migrations/versions"


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


# --- What is done ----------------------------------------------------------------


def _step(path: str, file: MergedFile) -> Step:
    origin = f"was {file.renamed_from}" if file.renamed_from else ""
    note = "; ".join(filter(None, (origin, file.note)))
    return Step(_ACTIONS[file.outcome], path, note)


def _changes(
    contents: Mapping[str, bytes | None], before: Mapping[str, bytes]
) -> Iterator[tuple[Change, bytes | None]]:
    """Yield what leads from *before* to *contents*, where that is another."""
    for path, content in contents.items():
        old = before.get(path)
        if content != old:
            yield Change(path, _digest(old), _digest(content)), content


def _recorded(
    project: Path, manifest: Manifest, wanted: Mapping[str, bytes]
) -> Iterator[tuple[Change, bytes | None]]:
    """Yield what leads to *wanted* in ``.arware/``."""
    for path in sorted({*record_paths(manifest), *wanted}):
        data, content = content_of(project, path), wanted.get(path)
        if data is None or content is None:
            is_there = data is content
        else:
            is_there = is_same(data, digest(content))
        if not is_there:
            yield Change(path, _digest(data), _digest(content)), content


def _digest(data: bytes | None) -> str | None:
    return None if data is None else digest(data)


# --- What stands against it ------------------------------------------------------


def refuse_older(version: str, manifest: Manifest) -> None:
    """Raise if the code is of a later release than *version*, which is installed."""
    if _numbers(manifest.version) > _numbers(version):
        raise EjectError(
            f"the code is of arware {manifest.version}, and this is {version}: "
            f"pip install 'arware>={manifest.version}'"
        )


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a release: ``1.10.2rc1`` is later than ``1.9``."""
    release = re.split(r"[^\d.]", version)[0]
    return tuple(int(number) for number in re.findall(r"\d+", release))
