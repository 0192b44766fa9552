"""Log in with a name and a password."""

from __future__ import annotations

from arware.kit.web import Config


def includeme(_config: Config) -> None:
    """Join."""
