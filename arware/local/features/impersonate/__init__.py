"""
An operator uses the account of somebody else, to see what they see.

It begins on the operator's page of that user, and lasts for ``minutes``, an hour at
most, and not longer than the operator's own login, or than they are one. The session,
the token (``act``) and the application (``auth.impersonator``) know who acts, and a
line on each page of the realm offers to stop. Nothing of the account can be changed
meanwhile: what is sent is refused, but for the way out. It is in the logs of both;
nobody is told by mail.
"""

from __future__ import annotations

from arware.kit.web import Config

from ...events import SessionEnded
from ...operators import OperatorAdded, OperatorRemoved
from . import flow
from .settings import Impersonate
from .views import banner, offer


def includeme(config: Config) -> None:
    """Add the button, the line on each page, and the end with the operator's login."""
    config.add_feature_settings(Impersonate)
    config.add_route("impersonate", "/operator/impersonate/{id}")
    config.add_route("impersonate_stop", "/operator/stop")
    config.add_to_page(
        "operator.action", "impersonate/button.jinja2", order=50, load=offer
    )
    config.add_to_page("layout.top", "impersonate/banner.jinja2", values=banner)
    config.on(SessionEnded, flow.end_with)
    config.on(OperatorAdded, flow.end_those_of)
    config.on(OperatorRemoved, flow.end_those_of)
    config.scan_views()
