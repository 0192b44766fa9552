"""
Everybody out: after a breach an operator ends all logins, links and passwords at once.

``arware realm lockdown`` (AK-N17). Who had a password is told by mail how to choose a
new one, in the realm's own time. It carries no token: in a mail to everybody one would
be out of date when it is read, and worth stealing until then.
"""

from __future__ import annotations

from arware.kit.web import Config

from .command import lockdown


def includeme(config: Config) -> None:
    """Add the command."""
    config.add_operator_command("lockdown", lockdown)
