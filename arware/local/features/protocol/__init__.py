"""
AuthRocket's protocol: applications send people here and get them back with a token.

``?token=`` logs in there, ``/connect/jwks`` has the keys that tokens are verified with.
An adapter that mounts the realm is handed the token without a detour through the
browser.
"""

from __future__ import annotations

from arware.kit.web import Config

from . import views


def includeme(config: Config) -> None:
    """Add the way back to applications, the keys, and where an API would be."""
    config.add_route("jwks", "/connect/jwks")
    config.add_route("api", "/v2")
    config.add_route("api_below", "/v2/*rest")
    config.set_way_out(views.hand_over)
    config.scan_views()
