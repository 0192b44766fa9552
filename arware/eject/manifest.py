"""
What ``.arware/`` in an application keeps, and reading it strictly.

``manifest.json`` has the release, the options and the SHA-256 of each file as it was
ejected; ``pristine/`` the files themselves, with ``.txt`` behind their names, so that
no linter, type checker or test runner takes them for code. Both are committed by the
application: a later release is merged with what it wrote, by way of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .errors import EjectError
from .options import (
    FRAMEWORKS,
    InvalidOption,
    Options,
    package_name,
    possible_folders,
    prefix_path,
)
from .paths import UnsafePath, content_of, digest, is_same, place_of, with_plain_endings

FOLDER = ".arware"
MANIFEST = f"{FOLDER}/manifest.json"
PRISTINE = f"{FOLDER}/pristine"

_FORMAT = 1
#: Line endings stay as they were; nobody reviews the copies.
_ATTRIBUTES = b"* -text linguist-generated\n"
_IGNORED = b"/journal/\n"
_VERSION = re.compile(r"[A-Za-z0-9.+!-]{1,50}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class InvalidManifest(EjectError):
    """The manifest, or a copy beside it, cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The *version* of arware that ejected *files* (path -> SHA-256) with *options*."""

    version: str
    options: Options
    files: Mapping[str, str]


def records(
    version: str, options: Options, rendered: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Return all files of ``.arware/`` for what was *rendered*: path -> content."""
    document = {
        "format": _FORMAT,
        "arware": version,
        "options": asdict(options),
        "files": {path: digest(rendered[path]) for path in sorted(rendered)},
    }
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return {
        MANIFEST: f"{text}\n".encode(),
        f"{FOLDER}/.gitattributes": _ATTRIBUTES,
        f"{FOLDER}/.gitignore": _IGNORED,
        **{pristine_path(path): data for path, data in rendered.items()},
    }


def pristine_path(path: str) -> str:
    """Return where the copy of *path*, as it was ejected, is kept."""
    return f"{PRISTINE}/{path}.txt"


def record_paths(manifest: Manifest) -> list[str]:
    """Return the paths of all files of ``.arware/`` that belong to *manifest*."""
    own = [MANIFEST, f"{FOLDER}/.gitattributes", f"{FOLDER}/.gitignore"]
    return own + [pristine_path(path) for path in manifest.files]


def read_manifest(project: Path) -> Manifest | None:
    """
    Return the manifest of *project*, or None if nothing was ejected there.

    Raises :class:`InvalidManifest` for what this release did not write like that; also
    where a path that it names leads out of the project or through a link.
    """
    try:
        data = content_of(project, MANIFEST)
        return None if data is None else _read(project, data)
    except (UnsafePath, InvalidOption, UnicodeError) as error:
        raise InvalidManifest(f"{MANIFEST}: {error}") from None


def pristine(project: Path, manifest: Manifest) -> dict[str, bytes]:
    """
    Return each file of *manifest* as it was ejected: path -> content.

    Raises :class:`InvalidManifest` if a copy is missing or was changed.
    """
    return {
        path: pristine_copy(project, path, wanted)
        for path, wanted in manifest.files.items()
    }


def pristine_copy(project: Path, path: str, wanted: str) -> bytes:
    """Return *path* as it was ejected; *wanted* is its SHA-256 in the manifest."""
    copy = pristine_path(path)
    try:
        data = content_of(project, copy)
    except UnsafePath as error:
        raise InvalidManifest(str(error)) from None
    if data is None:
        raise InvalidManifest(f"{copy} is missing; restore it")
    if not is_same(data, wanted):
        raise InvalidManifest(f"{copy} was changed; restore it")
    return data if digest(data) == wanted else with_plain_endings(data)


def _read(project: Path, data: bytes) -> Manifest:
    document = _document(data)
    found = document.get("format")
    if found != _FORMAT:
        raise InvalidManifest(f"{MANIFEST} has format {found!r}, not {_FORMAT}")
    _check(document, {"format": int, "arware": str, "options": dict, "files": dict})
    if not _VERSION.fullmatch(document["arware"]):
        raise InvalidManifest(f"{MANIFEST}: 'arware' is no version")
    files = document["files"]
    for path, sha in files.items():
        if not isinstance(sha, str) or not _SHA256.fullmatch(sha):
            raise InvalidManifest(f"{MANIFEST}: {path!r} has no SHA-256")
        if path.split("/")[0].lower() == FOLDER:
            raise InvalidManifest(f"{MANIFEST}: {path!r} is one of its own files")
        place_of(project, path)
    return Manifest(document["arware"], _options(project, document["options"]), files)


def _document(data: bytes) -> dict[str, Any]:
    try:
        document = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise InvalidManifest(f"{MANIFEST} is no JSON: {error}") from None
    if not isinstance(document, dict):
        raise InvalidManifest(f"{MANIFEST} is no JSON object")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _options(project: Path, document: dict[str, Any]) -> Options:
    _check(document, {
        "package": str, "folder": str, "features": list, "vendor": bool,
        "prefix": str, "framework": str, "pages": list, "pages_folder": str,
    })  # fmt: skip
    lists = {name: tuple(document[name]) for name in ("features", "pages")}
    for name, words in lists.items():
        if not all(isinstance(word, str) and word.isprintable() for word in words):
            raise InvalidManifest(f"{MANIFEST}: {name} are no names")
    options = Options(**document | lists)
    if options.package or not options.pages:
        place_of(project, options.folder)
        folders = possible_folders(package_name(options.package))
        if options.folder not in folders:
            raise InvalidManifest(
                f"{MANIFEST}: {options.package} stands in {' or '.join(folders)}, "
                f"not in {options.folder!r}; restore the manifest"
            )
    prefix_path(options.prefix)
    if options.framework not in ("", *FRAMEWORKS):
        raise InvalidManifest(f"{MANIFEST}: the framework is not known")
    if options.pages:
        place_of(project, options.pages_folder)
    return options


def _check(document: dict[str, Any], kinds: Mapping[str, type]) -> None:
    """Raise unless *document* has the names of *kinds*, each of its kind, no other."""
    for name in document.keys() - kinds:
        raise InvalidManifest(f"{MANIFEST}: what is {name!r}?")
    for name, kind in kinds.items():
        if type(document.get(name)) is not kind:
            raise InvalidManifest(f"{MANIFEST}: {name!r} is no {kind.__name__}")
