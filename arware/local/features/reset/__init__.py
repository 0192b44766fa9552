"""
A forgotten password: a link in a mail, and a new password.

Words: the *link* carries a one-time token that is good once, for ``minutes``, and for
the address that it was sent to. It logs nobody in. ``arware realm user reset-link``
makes one for somebody without an address. Settings: ``realm.reset.minutes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.kit.operator import Action
from arware.kit.settings import preset
from arware.kit.web import Config
from arware.settings.values import read_number

from ...texts import _
from ...tries import LEAST_MINUTES
from . import flow
from .commands import reset_link


@dataclass(frozen=True, kw_only=True)
class Reset:
    """For how many minutes a link is good."""

    #: For how many minutes the link to a new password is good.
    minutes: Annotated[
        int, read_number(LEAST_MINUTES, 24 * 60), preset(authkit=24 * 60)
    ] = 30


SEND = Action(
    label=_("Send a link to a new password"),
    text=_(
        "Sends them a link to choose a new password. The old one works until they use "
        "it."
    ),
    done=_("A message with a link is on its way to them."),
    do=flow.send,
    offered=flow.is_offered,
)


def includeme(config: Config) -> None:
    """Add the pages, and the way to them from the login."""
    config.add_feature_settings(Reset)
    config.add_token_kind(flow.KIND, minutes=lambda settings: settings[Reset].minutes)
    config.add_route("reset", "/password/reset")
    config.add_route("reset_sent", "/password/reset/sent")
    config.add_route("choose", "/password/change")
    config.add_operator_command("user reset-link", reset_link)
    config.add_operator_action("reset", SEND)
    config.add_to_page("login.below", "reset/way.jinja2", order=40)
    config.scan_views()
