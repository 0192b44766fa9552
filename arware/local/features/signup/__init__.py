"""Create an account of one's own."""

from __future__ import annotations

from arware.kit.web import Config


def includeme(_config: Config) -> None:
    """Join."""
