"""Pages that stand by themselves, where a release has given them other names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .manifest import Manifest, pristine
from .options import Options
from .picking import picked
from .releases import Release


def with_renamed_pages(project: Path, manifest: Manifest, release: Release) -> Options:
    """
    Return the options of *manifest* as far as *release* can do as they say.

    A page that it calls otherwise is followed, as git tells by what stands in it.
    """
    before, options = manifest.options, release.possible(manifest.options)
    gone = {*before.pages} - {*options.pages}
    if not gone:
        return options
    base = pristine(project, manifest)
    every = release.rendered(replace(options, pages=tuple(release.pages)))
    moved, folder = picked(base, base, every).their_renames, before.pages_folder
    found = [moved.get(f"{folder}/{page}", "") for page in gone]
    names = [path.removeprefix(f"{folder}/") for path in found if path]
    return replace(options, pages=tuple(sorted({*options.pages, *names})))
