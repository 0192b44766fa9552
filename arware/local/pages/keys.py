"""``/connect/jwks``: the public keys."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from ..request import RealmRequest


def includeme(config: Any) -> None:
    """Add the document."""
    config.add_route("jwks", "/connect/jwks")
    config.add_view(show, route_name="jwks", request_method="GET", any_redirect=True)


def show(request: RealmRequest) -> Any:
    """
    Answer with the key set. It is public, so caches may keep it, for a short while.

    A new key signs at once; adapters that do not know it ask again after 30 seconds.
    """
    return Response(
        json_body=request.realm.keys.document(),
        content_type="application/json",
        headerlist=None,
        cache_control="public, max-age=30",
    )
