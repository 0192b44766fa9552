"""
What is said while somebody types: whether a user name or an address can be had, and
whether a password is good enough.

A script asks, for pages on which a new password is chosen; without it all is said once
the form is sent. Whether an *address* is taken is told to nobody where sign-ups are
closed, or keep it secret, as with a confirmation that is required (RQ-E2). How often
one may ask is counted, since answers tell who has an account.
"""

from __future__ import annotations

from arware.kit.web import Config


def includeme(config: Config) -> None:
    """Add what answers, and the script that asks."""
    config.add_route("hints", "/hints")
    config.add_to_page("head", "hints/script.jinja2")
    config.scan_views()
