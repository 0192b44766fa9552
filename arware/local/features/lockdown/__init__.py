"""
After a breach an operator ends all logins, links and passwords at once.

``arware realm lockdown`` does so for everybody (AK-N17), ``arware realm user
force-reset`` or the operator's page for one person, whose password others may know
(RQ-P9). Who had a password is told by mail how to choose a new one; everybody, in the
realm's own time. It carries no token: in a mail to everybody one would be out of date
when it is read, and worth stealing until then.
"""

from __future__ import annotations

from arware.kit.operator import Action
from arware.kit.web import Config

from ...texts import _
from . import flow
from .commands import lockdown

FORCE_RESET = Action(
    label=_("Require a new password"),
    text=_(
        "For people whose password others may know. It stops working at once, as do "
        "their logins, links, passkeys and API tokens. They get an e-mail that leads "
        "to a new password. If they have no address, you have to give them a link. A "
        "second factor stays: remove it as well if a stranger added it."
    ),
    done=_("Their old password no longer works, and all their logins have ended."),
    do=flow.force_reset,
    offered=flow.is_offered,
)


def includeme(config: Config) -> None:
    """Add the command, and what can be done to one person."""
    config.add_operator_command("lockdown", lockdown)
    config.add_operator_action("force-reset", FORCE_RESET)
