"""What ``new`` and ``remove`` would do, decided before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from .conflicts import Stages
from .errors import EjectError
from .journal import Change
from .manifest import (
    FOLDER,
    MANIFEST,
    Manifest,
    read_manifest,
    record_paths,
    records,
)
from .options import Options, possible_folders
from .paths import content_of, digest, is_same, place_of

Action = Literal[
    "create", "replace", "merged", "identical", "edited", "missing", "delete", "keep",
    "conflict", "unfixed", "inject", "already", "MANUAL", "take out",
]  # fmt: skip
#: What is left to a person.
LEFT: frozenset[Action] = frozenset(("conflict", "unfixed"))


class CannotPlan(EjectError):
    """What was asked for would harm files, or cannot be done; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Step:
    """
    What happens to one file, or to ``.arware/`` as a whole.

    *note* says more; *text* is what a person is to paste.
    """

    action: Action
    path: str
    note: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The *steps* that a person reads, and the *changes* that a journal makes.

    *contents* has what each file that is written will hold, *conflicts* the versions
    of what is left to a person, as git's stages.
    """

    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    contents: Mapping[str, bytes]
    conflicts: Mapping[str, Stages] = field(default_factory=dict)

    @property
    def left(self) -> tuple[Step, ...]:
        """The steps that a person has to take."""
        return tuple(step for step in self.steps if step.action in LEFT)


#: A change with the content that it leads to, None for no file.
Changed = tuple[Change, bytes | None]


def folder_of(project: Path, package: str) -> str:
    """
    Return where *package* belongs in *project*, below ``src`` if its parent is there.

    Of two folders that could be its parent it is the one with an ``__init__.py``.
    Raises :class:`CannotPlan` if there is none, and if that does not tell them apart.
    """
    parent, places = package.rpartition(".")[0], possible_folders(package)
    if not parent:
        return places[0]
    there = [place for place in places if (project / place).parent.is_dir()]
    made = [one for one in there if (project / one).with_name("__init__.py").is_file()]
    found = made or there
    if len(found) == 1:
        return found[0]
    if found:
        both = " and ".join(place.rpartition("/")[0] for place in found)
        raise CannotPlan(
            f"{both} are both there, and {parent} can only be one of them: "
            "give the other one another name first"
        )
    top = package.partition(".")[0]
    raise CannotPlan(f"there is no package {parent} in {project}; make {top} first")


def plan_new(
    project: Path, options: Options, rendered: Mapping[str, bytes], version: str
) -> Plan:
    """
    Plan to put what is new of *rendered* into *project*, and ``.arware/`` beside it.

    What has been ejected already stays, whatever the application has made of it since.
    Raises :class:`CannotPlan` for files in the way, and where the code was ejected with
    other options or from another release.
    """
    manifest = read_manifest(project)
    named = manifest.files if manifest else {}
    strangers = [path for path in _files_in(project, options) if path not in named]
    new = [path for path in rendered if path not in named]
    strangers = strangers or [
        path for path in new if content_of(project, path) is not None
    ]
    if strangers:
        raise CannotPlan(_in_the_way(strangers))
    if manifest:
        _refuse_others(manifest, options, rendered)
    steps = [_step(project, path, named) for path in rendered]
    recorded = []
    if new:
        wanted = records(version, options, rendered)
        if manifest is None:
            _refuse_remains(project, wanted)
        recorded = record_changes(project, manifest, wanted)
    action: Action = "create" if manifest is None else "replace"
    steps.append(Step(action if recorded else "identical", f"{FOLDER}/"))
    created = [
        (Change(path, None, digest(rendered[path])), rendered[path]) for path in new
    ]
    return plan_of(steps, [*created, *recorded])


def plan_of(
    steps: Sequence[Step],
    changes: Sequence[Changed],
    conflicts: Mapping[str, Stages] | None = None,
) -> Plan:
    """Return the plan of *changes*, each with its content, None for no file."""
    contents = {change.path: data for change, data in changes if data is not None}
    done = tuple(change for change, _ in changes)
    return Plan(tuple(steps), done, contents, conflicts or {})


def record_changes(
    project: Path, manifest: Manifest | None, wanted: Mapping[str, bytes]
) -> list[Changed]:
    """Return what leads from ``.arware/``, as *manifest* left it, to *wanted*."""
    found = []
    for path in sorted({*(record_paths(manifest) if manifest else ()), *wanted}):
        data, content = content_of(project, path), wanted.get(path)
        if data is None or content is None:
            is_there = data is content
        else:
            is_there = is_same(data, digest(content))
        if not is_there:
            found.append((change_of(path, data, content), content))
    return found


def change_of(path: str, before: bytes | None, after: bytes | None) -> Change:
    """Return the change of a file; None stands for no file."""
    digests = [None if data is None else digest(data) for data in (before, after)]
    return Change(path, *digests)


def plan_remove(project: Path, manifest: Manifest) -> Plan:
    """
    Plan to delete the files of *manifest* that are as they were ejected.

    What was edited is kept, and is the application's alone from then on: ``.arware/``
    goes too.
    """
    steps, deleted = [], []
    for path, wanted in manifest.files.items():
        data = content_of(project, path)
        if data is None:
            steps.append(Step("missing", path))
        elif is_same(data, wanted):
            steps.append(Step("delete", path))
            deleted.append(Change(path, digest(data), None))
        else:
            steps.append(Step("keep", path))
    for path in record_paths(manifest):
        data = content_of(project, path)
        if data is not None:
            deleted.append(Change(path, digest(data), None))
    return Plan((*steps, Step("delete", f"{FOLDER}/")), tuple(deleted), {})


def _files_in(project: Path, options: Options) -> Iterator[str]:
    """Yield the files that stand in the folder, and a module of the same name."""
    if not options.package:
        return
    folder = place_of(project, options.folder)
    module = folder.with_suffix(".py")
    if module.exists():
        yield module.relative_to(project).as_posix()
    if folder.is_file():
        yield options.folder
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if "__pycache__" not in path.parts and (path.is_symlink() or path.is_file()):
            yield path.relative_to(project).as_posix()


def _in_the_way(paths: list[str]) -> str:
    shown = ", ".join(paths[:3])
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return f"nothing was written: {shown}{more} would be in the way"


def _refuse_remains(project: Path, contents: Mapping[str, bytes]) -> None:
    """Refuse to write over what is left of a ``.arware/`` without its manifest."""
    there = [path for path in contents if content_of(project, path) is not None]
    if there:
        raise CannotPlan(_in_the_way(there))


def _refuse_others(
    manifest: Manifest, options: Options, rendered: Mapping[str, bytes]
) -> None:
    """Refuse what would have to be merged: other options, or another release."""
    before = manifest.options
    if before.package and replace(before, pages=options.pages) != options:
        raise CannotPlan(
            f"ejected already, with other options: {_words(before)}; "
            "`arware eject add` and `drop` change the features"
        )
    if before.pages and before.pages_folder != options.pages_folder:
        raise CannotPlan(f"{MANIFEST} has the pages in {before.pages_folder}")
    for path, wanted in manifest.files.items():
        if path not in rendered or digest(rendered[path]) != wanted:
            raise CannotPlan(
                f"{path} was ejected from arware {manifest.version}: bring the code to "
                "this release first, with `arware eject upgrade`"
            )


def _step(project: Path, path: str, named: Mapping[str, str]) -> Step:
    if path not in named:
        return Step("create", path)
    data = content_of(project, path)
    if data is None:
        return Step("missing", path)
    return Step("identical" if is_same(data, named[path]) else "edited", path)


def _words(options: Options) -> str:
    framework = f", for {options.framework}" if options.framework else ""
    vendor = ", vendored" if options.vendor else ""
    features = ", ".join(options.features) or "nothing"
    return f"{options.package} at {options.prefix}{framework}{vendor}, with {features}"
