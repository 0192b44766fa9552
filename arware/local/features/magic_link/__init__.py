"""
A way in without a password: a mail with a link, and with a code.

Words: the *link* leads, in any browser, to a page whose button logs in; opening it
alone does nothing, for scanners open every link. The *code* is good in the browser that
asked for the mail, and nowhere else. Either is good once, and is a first proof: who has
a second factor is asked for it as ever (RQ-M8). The login page has the way while
``realm.magic_link.enabled`` is true. It is not by default: whoever reads the mailbox
logs in, which NIST SP 800-63B-4 3.1.3.1 does not count as an authenticator.
"""

from __future__ import annotations

from arware.kit.web import Config

from . import flow
from .settings import MagicLink
from .views import way


def includeme(config: Config) -> None:
    """Add the pages, and the way to them from the login."""
    config.add_feature_settings(MagicLink)
    config.add_token_kind(
        flow.LINK, minutes=lambda settings: settings[MagicLink].minutes
    )
    config.add_token_kind(
        flow.CODE, minutes=lambda settings: settings[MagicLink].code_minutes
    )
    config.add_way_in("mail", flow.can_log_in)
    config.add_route("magic", "/login/mail")
    config.add_route("magic_code", "/login/mail/code")
    config.add_route("magic_link", "/login/mail/link")
    config.add_to_page("login.below", "magic_link/way.jinja2", order=20, values=way)
    config.scan_views()
