"""``/v2``: where AuthRocket's API would be."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

_ANSWER = {
    "error": "This realm does not serve the API. Ask it through its pages, its command "
    "or arware.local.Realm, or set AUTHROCKET_URL to a service that does."
}


def includeme(config: Any) -> None:
    """Answer for the path and all below it, whatever the method."""
    for name, pattern in (("api", "/v2"), ("api_below", "/v2/*rest")):
        config.add_route(name, pattern)
        config.add_view(show, route_name=name, require_csrf=False, any_redirect=True)


def show(_request: Any) -> Any:
    """Say that there is none: a 404 would tell a client that a record is gone."""
    return Response(status=501, json_body=_ANSWER, content_type="application/json")
