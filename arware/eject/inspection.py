"""What an application has made of the code that was ejected into it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .errors import EjectError
from .manifest import Manifest, pristine_copy
from .paths import content_of, digest, is_same, with_plain_endings

State = Literal["pristine", "edited", "missing", "new"]


@dataclass(frozen=True, slots=True)
class FileStatus:
    """
    How a file stands to the one that was ejected.

    ``new`` is one that only this release has. It is *outdated* if this release would
    eject another content, or none.
    """

    path: str
    state: State
    outdated: bool


def status(
    project: Path, manifest: Manifest, rendered: Mapping[str, bytes]
) -> list[FileStatus]:
    """
    Return how each file of *manifest* stands, then what is new in this release.

    *rendered* is what this release would eject with the manifest's options.
    """
    found = []
    for path, wanted in manifest.files.items():
        data = content_of(project, path)
        state: State = "edited"
        if data is None:
            state = "missing"
        elif is_same(data, wanted):
            state = "pristine"
        now = rendered.get(path)
        found.append(FileStatus(path, state, now is None or digest(now) != wanted))
    new = sorted(rendered.keys() - manifest.files)
    return found + [FileStatus(path, "new", outdated=True) for path in new]


def diff(project: Path, manifest: Manifest, below: str | None = None) -> Iterator[str]:
    """
    Yield lines from what was ejected to what stands there, as ``diff -u`` has them.

    *below* names a file or a folder; by default it is all. Raises
    :class:`EjectError` if nothing at or below it was ejected, and for a copy in
    ``.arware/`` that somebody has changed.
    """
    chosen = [
        path
        for path in manifest.files
        if below is None or path == below or path.startswith(f"{below}/")
    ]
    if not chosen:
        raise EjectError(f"nothing was ejected to {below}")
    for path in chosen:
        wanted = manifest.files[path]
        data = content_of(project, path)
        if data is None or not is_same(data, wanted):
            yield from _diff(path, pristine_copy(project, path, wanted), data)


def _diff(path: str, before: bytes, after: bytes | None) -> Iterator[str]:
    mine = "/dev/null" if after is None else f"b/{path}"
    try:
        old, new = _lines(before), _lines(after or b"")
    except UnicodeDecodeError:
        yield f"Binary files a/{path} and {mine} differ\n"
        return
    for line in difflib.unified_diff(old, new, f"a/{path}", mine):
        whole = line.endswith("\n")
        yield line if whole else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    # Not `splitlines`: a form feed or U+2028 in a text ends no line for `diff`.
    text = with_plain_endings(data).decode()
    return [f"{line}\n" for line in text.split("\n")[:-1]] + (
        [text.rpartition("\n")[2]] if not text.endswith("\n") and text else []
    )
