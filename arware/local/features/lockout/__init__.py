"""
Locking the password of an account after wrong ones, and unlocking it by mail.

Words: the *lock* comes after ``realm.lockout.failures`` wrong passwords in a row, below
the hundred after which a password is off. While it holds, for
``realm.lockout.minutes``, no password is taken but in browsers and networks in which
its owner has logged in before; it looks like a wrong one (RQ-T5). The owner gets a mail
with a *link* that ends it at once; so do a reset, and ``arware realm user unlock``.
Whoever is locked out can ask for the link, too.
"""

from __future__ import annotations

from arware.kit.web import Config

from ...events import PasswordFailed
from . import flow
from .settings import Lockout
from .views import way


def includeme(config: Config) -> None:
    """Add the pages, the way to them from a login that failed, and the lock."""
    config.add_feature_settings(Lockout)
    config.add_token_kind(
        flow.KIND, minutes=lambda settings: settings[Lockout].link_minutes
    )
    config.add_route("unlock", "/login/unlock")
    config.add_route("unlock_sent", "/login/unlock/sent")
    config.add_route("unlock_link", "/login/unlock/link")
    config.add_to_page("login.below", "lockout/way.jinja2", order=45, values=way)
    config.on(PasswordFailed, flow.lock)
    config.scan_views()
