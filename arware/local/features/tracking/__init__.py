"""
How often people log in, since when, from where; and the visits before a sign-up.

Words: a *source* is what led somebody here, the host of a page or ``utm_source``;
*visits* are those of a browser in which nobody is logged in. A browser that asks for
privacy, by ``Sec-GPC: 1`` or ``DNT: 1``, leaves no trace here; what is kept for the
safety of accounts, sessions and the audit log, is kept all the same. Settings:
``realm.tracking.mode`` and ``days``.
"""

from __future__ import annotations

from typing import Any

from pyramid.events import ContextFound
from sqlalchemy.orm import Session

from arware.kit.web import Config

from ...events import LoginSucceeded, UserCreated
from ...request import RealmRequest
from ...retention import DAY, days_of
from . import flow, sources
from .settings import Tracking


def includeme(config: Config) -> None:
    """Hear of sign-ups, logins and pages; add the section of the account page."""
    config.add_feature_settings(Tracking)
    config.add_fact(flow.SOURCE, sources.source_of)
    config.add_fact(flow.BROWSER, sources.browser_of)
    config.add_subscriber(sources.note_page, ContextFound)
    config.on(UserCreated, flow.note_sign_up)
    config.on(LoginSucceeded, flow.note_login)
    config.add_kept(
        "visits before a login",
        flow.forget_visits,
        seconds=lambda settings: DAY * settings[Tracking].days,
    )
    config.add_kept(
        "addresses of last logins", flow.forget_addresses, seconds=days_of("addresses")
    )
    config.add_to_page(
        "account.section", "tracking/section.jinja2", order=90, load=section
    )


def section(request: RealmRequest, db: Session) -> dict[str, Any] | None:
    """Return what the section says, nothing where nothing was noted."""
    row = flow.sign_ins(db, request.member.user.id)
    return {"row": row} if row is not None and row.sign_in_count else None
