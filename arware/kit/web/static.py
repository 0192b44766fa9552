"""Style sheets, scripts and icons: read once, their addresses follow their content."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pyramid.response import Response

from .refusals import NOT_FOUND, Refused
from .request import WebRequest

#: Files of other kinds are not served.
KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}

#: Where the files stand in the registry.
FILES = "realm.static"

_YEAR = 31_536_000


def addresses(*folders: Path) -> dict[str, str]:
    """
    Return the path of each file, with a hash of its content in the query.

    A folder need not be there.
    """
    return {name: _address(name, data) for name, (_, data) in _files(folders).items()}


def _address(name: str, data: bytes) -> str:
    return f"/static/{name}?{hashlib.sha256(data).hexdigest()[:12]}"


def _files(folders: tuple[Path, ...]) -> dict[str, tuple[str, bytes]]:
    return {
        path.name: (KINDS[path.suffix], path.read_bytes())
        for folder in folders
        for path in sorted(folder.glob("*"))
        if path.suffix in KINDS
    }


def show(request: WebRequest) -> Any:
    """Answer with a file; for a year, if it was asked for by its present content."""
    name = request.matchdict["name"]
    found = request.registry[FILES].get(name)
    if found is None:
        raise Refused(NOT_FOUND)
    kind, data = found
    is_present = _address(name, data).endswith(f"?{request.query_string}")
    age = _YEAR if is_present else 300
    answer = Response(body=data, content_type=kind)
    if kind.startswith("text/") or kind.endswith("xml"):
        answer.charset = "utf-8"
    answer.cache_control = f"public, max-age={age}"
    return answer


def _add_static_files(config: Any, *folders: Path) -> None:
    config.registry[FILES] = _files(folders)
    config.add_route("static", "/static/{name}")
    config.add_view(show, route_name="static", request_method="GET")


def includeme(config: Any) -> None:
    """Add the directive ``add_static_files``."""
    config.add_directive("add_static_files", _add_static_files)
