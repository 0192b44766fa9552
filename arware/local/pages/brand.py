"""``/brand.css`` and ``/brand/logo``: the team's color and logo."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from arware.kit.web import Refused, view_config
from arware.kit.web.refusals import NOT_FOUND

from ..request import RealmRequest

#: Their addresses change with what they say.
AGE = "public, max-age=31536000"


@view_config(route_name="brand_style", request_method="GET")
def style(request: RealmRequest) -> Any:
    """Answer with the style sheet."""
    return _file("text/css", request.realm.brand.style)


@view_config(route_name="brand_logo", request_method="GET")
def logo(request: RealmRequest) -> Any:
    """Answer with the picture."""
    return _file(*request.realm.brand.picture)


def _file(kind: str, data: bytes) -> Any:
    if not data:
        raise Refused(NOT_FOUND)
    answer = Response(body=data, content_type=kind)
    answer.headers["Cache-Control"] = AGE
    return answer
