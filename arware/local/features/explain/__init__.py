"""
Why somebody was refused, for the operator: ``arware realm explain``.

The pages tell strangers nothing that they do not know. But they show a *code*, which
holds a *cause*: a word that flows note by ``Refused.because``, or else the word of the
reason. The log has both.
"""

from __future__ import annotations

from arware.kit.web import Config

from .commands import explain


def includeme(config: Config) -> None:
    """Add the command."""
    config.add_operator_command("explain", explain)
