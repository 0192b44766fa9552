"""Show people what happened in their account, and the operator all that happened."""

from __future__ import annotations

from arware.kit.web import Config

from .commands import audit


def includeme(config: Config) -> None:
    """Add the page, the way to it, and the command."""
    config.add_route("activity", "/activity")
    config.add_to_page("account.below", "audit/link.jinja2", order=80)
    config.add_operator_command("audit", audit)
    config.scan_views()
