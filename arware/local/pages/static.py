"""The style sheet and the icon."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from pyramid.response import Response

from .base import dispatch
from .problems import NOT_FOUND
from .request import RealmRequest

FOLDER = Path(__file__).parent.parent / "static"
KINDS = {".css": "text/css", ".svg": "image/svg+xml"}


def includeme(config: Any) -> None:
    """Add the files of the folder ``static``, read once."""
    files = {
        path.name: (KINDS[path.suffix], path.read_bytes())
        for path in FOLDER.iterdir()
        if path.suffix in KINDS
    }
    digest = hashlib.sha256(b"".join(data for _, data in sorted(files.values())))
    config.registry["arware.local.files"] = files
    config.registry["arware.local.version"] = digest.hexdigest()[:12]
    config.add_route("static", "/static/{name}")
    config.add_view(dispatch(GET=show), route_name="static")


def show(request: RealmRequest) -> Any:
    """Answer with a file. Its address changes with its content."""
    found = request.registry["arware.local.files"].get(request.matchdict["name"])
    if found is None:
        raise NOT_FOUND
    kind, data = found
    return Response(
        body=data,
        content_type=kind,
        charset="utf-8",
        cache_control="public, max-age=86400",
    )
