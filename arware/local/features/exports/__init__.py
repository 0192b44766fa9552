"""
Copies for the operator: ``arware realm export``, of a person, or of the whole realm.

People who close their account get theirs from the page for that. What a copy holds says
:mod:`...exporting`.
"""

from __future__ import annotations

from arware.kit.web import Config

from .commands import export


def includeme(config: Config) -> None:
    """Add the command."""
    config.add_operator_command("export", export)
