"""
Security fixes for code that was ejected from earlier releases.

Each is a folder of ``fixes/``, called by its id. ``about.txt`` says in one line what it
is about. Beside it there is a folder for each release in which the code differs, with
whole files: ``1.0/before/local/people.py.txt`` is what is wrong, and ``1.0/after/...``
what is right, with a test; paths are those in ``arware``, with ``.txt`` behind them so
that no tool takes them for code. Whether a fix is open, the manifest's hashes tell: it
is where the application was given each of the files before. So where two fixes are
about one file, each needs a folder for the other's outcome, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .manifest import Manifest
from .paths import digest
from .rendering import placed

#: Those that came with this release.
FIXES = Path(__file__).parent / "fixes"


@dataclass(frozen=True, slots=True)
class Patch:
    """A fix, as it is for a release: path in ``arware`` -> content."""

    before: Mapping[str, bytes]
    after: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix, with a patch for each release that needs another."""

    id: str
    title: str
    patches: tuple[Patch, ...]


@dataclass(frozen=True, slots=True)
class OpenFix:
    """
    A fix that an application has not merged.

    *files* is what it would eject, by path in the project; None stands for no file.
    """

    id: str
    title: str
    files: Mapping[str, bytes | None]


def read_fixes(folder: Path) -> list[Fix]:
    """Return the fixes in *folder*, by their ids."""
    return [_read(place) for place in sorted(folder.iterdir()) if place.is_dir()]


def open_fixes(
    fixes: Collection[Fix], manifest: Manifest, known: Collection[str]
) -> Iterator[OpenFix]:
    """Yield which of *fixes* are open by *manifest*; *known* are all features."""
    for fix in fixes:
        for patch in fix.patches:
            before = placed(patch.before, manifest.options, known)
            if _is_there(before, manifest):
                after = placed(patch.after, manifest.options, known)
                changed = {
                    path: after.get(path)
                    for path in sorted({*before, *after})
                    if before.get(path) != after.get(path)
                }
                yield OpenFix(fix.id, fix.title, changed)
                break


def _is_there(files: Mapping[str, bytes], manifest: Manifest) -> bool:
    """Tell whether all of *files*, of which there are some, were ejected like that."""
    return bool(files) and all(
        manifest.files.get(path) == digest(data) for path, data in files.items()
    )


def _read(folder: Path) -> Fix:
    title = (folder / "about.txt").read_text("utf-8").strip()
    releases = sorted(place for place in folder.iterdir() if place.is_dir())
    patches = [Patch(_files(r / "before"), _files(r / "after")) for r in releases]
    return Fix(folder.name, title, tuple(patches))


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix().removesuffix(".txt"): path.read_bytes()
        for path in sorted(folder.rglob("*.txt"))
    }
