"""
Sessions: where somebody is logged in, and the way to end one login, or all others.

A page lists them with browser, address, time of the login and of the last use. Ending
one takes a fresh proof (ASVS 5.0 7.5.2), and applications in this process put the
browser out at once. An operator lists and ends them by command.
"""

from __future__ import annotations

from arware.kit.web import Config

from . import commands


def includeme(config: Config) -> None:
    """Add the page, the way to it, and the operator's commands."""
    config.add_route("sessions", "/profile/sessions")
    config.add_route("session_end", "/profile/sessions/end")
    config.add_route("sessions_end", "/profile/sessions/end-others")
    config.add_to_page("account.below", "sessions/link.jinja2", order=70)
    config.add_operator_command("session list", commands.list_open)
    config.add_operator_command("session end", commands.end)
    config.scan_views()
