"""
Another e-mail address, which counts once it is proved.

Words: the *new* address gets a link, and the *old* one a warning; until it is used
the old one stays what it was, so a mistyped address locks nobody out. Settings:
``realm.email_change.minutes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.kit.settings import preset
from arware.kit.web import Config
from arware.settings.values import read_number

from ...events import EmailVerified
from ...tries import LEAST_MINUTES
from . import flow
from .views import section


@dataclass(frozen=True, kw_only=True)
class EmailChange:
    """For how many minutes a link is good."""

    #: For how many minutes the link to a new address is good.
    minutes: Annotated[
        int, read_number(LEAST_MINUTES, 7 * 24 * 60), preset(authkit=3 * 24 * 60)
    ] = 24 * 60


def includeme(config: Config) -> None:
    """Add the section of the account page, and the page that the link leads to."""
    config.add_feature_settings(EmailChange)
    config.add_token_kind(
        flow.KIND, minutes=lambda settings: settings[EmailChange].minutes
    )
    config.add_route("email", "/profile/email")
    config.add_route("email_change", "/email/change")
    config.add_to_page(
        "account.section", "email_change/section.jinja2", order=20, load=section
    )
    config.on(EmailVerified, flow.forget)
    config.scan_views()
