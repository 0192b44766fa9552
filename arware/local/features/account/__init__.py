"""The account page: one's name, e-mail address and password."""

from __future__ import annotations

from arware.kit.web import Config


def includeme(_config: Config) -> None:
    """Join."""
