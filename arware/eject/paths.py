"""Which files of a project may be written: those inside of it, behind no link."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath

from .errors import EjectError


class UnsafePath(EjectError):
    """A path leads out of the project, through a link, or into git's own folder."""


def place_of(project: Path, path: str) -> Path:
    """
    Return where the relative *path* is in *project*; nothing has to be there.

    A manifest comes with a clone, so a stranger may have written it. Raises
    :class:`UnsafePath` for a *path* that is absolute, has ``..`` or a part that another
    system reads otherwise, lies in ``.git``, or goes through or ends in a link.
    """
    parts = path.split("/")
    for part in parts:
        if part in ("", ".", "..") or any(c in '\\:*?"<>|' or c < " " for c in part):
            raise UnsafePath(f"{path!r} is no path inside the project")
        if part.lower() == ".git":
            raise UnsafePath(f"{path!r} lies in git's own folder")
    place = project
    for part in parts:
        place = place / part
        if place.is_symlink():
            link = place.relative_to(project).as_posix()
            raise UnsafePath(f"{path!r} goes through a link: {link}")
    return place


def content_of(project: Path, path: str) -> bytes | None:
    """Return what stands at *path* in *project*, or None if nothing does."""
    place = place_of(project, path)
    if not place.exists():
        return None
    if not place.is_file():
        raise UnsafePath(f"{path!r} is no file")
    return place.read_bytes()


def seen(project: Path, path: str) -> bytes | None:
    """Return what stands at *path*, which is no stranger's, also behind a link."""
    place = project / path
    return place.read_bytes() if place.is_file() else None


def digest(data: bytes) -> str:
    """Return the SHA-256 of *data*, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def with_plain_endings(data: bytes) -> bytes:
    """Return *data* with line feeds alone, as git's ``autocrlf`` had it before."""
    return data if b"\0" in data else data.replace(b"\r\n", b"\n")


def is_same(data: bytes, wanted: str) -> bool:
    """Tell whether *data* has the digest *wanted*, if need be but for CRLF."""
    return wanted in (digest(data), digest(with_plain_endings(data)))


def parents_of(path: str) -> list[str]:
    """Return the folders above *path*, the nearest first, without the project."""
    return [str(parent) for parent in PurePosixPath(path).parents][:-1]
