"""
Confirm that mail to a new user's address reaches them.

Words: the *link* in the mail leads to a page whose button confirms; opening it alone
does nothing. ``realm.confirm.mode`` is ``off`` (who wants to can confirm), ``soft``
(each new user is asked to) or ``required`` (nobody logs in before). In the last mode
neither sign-up nor login tells a stranger whether an address has an account; the login
page leads to where another link is asked for.
"""

from __future__ import annotations

from arware.kit.web import Config, Phase

from ...events import AddressRepeated, UserCreated
from . import flow
from .settings import Confirm
from .views import section, way

__all__ = ["Confirm", "includeme"]


def includeme(config: Config) -> None:
    """Add the pages, the step of the login, and the mail to new users."""
    config.add_feature_settings(Confirm)
    config.add_token_kind(flow.KIND, minutes=lambda settings: settings[Confirm].minutes)
    config.add_route("confirm", "/email/confirm")
    config.add_route("confirm_wait", "/email/confirm/wait")
    config.add_route("confirm_again", "/email/confirm/again")
    config.add_route("confirm_send", "/email/confirm/send")
    config.add_route("confirm_ask", "/email/confirm/ask")
    config.add_login_step(
        "confirm", phase=Phase.STATE, route="confirm_wait", needed=flow.is_needed
    )
    config.add_to_page(
        "account.section", "confirm/section.jinja2", order=15, values=section
    )
    config.add_to_page("login.below", "confirm/way.jinja2", order=60, values=way)
    config.on(UserCreated, flow.welcome)
    config.on(AddressRepeated, flow.tell_owner)
    config.scan_views()
