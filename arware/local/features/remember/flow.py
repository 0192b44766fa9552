"""Keeping somebody logged in who wants it."""

from __future__ import annotations

from ... import sessions
from ...events import Happening, LoginSucceeded
from ...models import LoginSession
from .settings import Remember

#: The name of the box.
BOX = "remember"

DAY_MINUTES = 24 * 60


def remember(happening: Happening[LoginSucceeded]) -> None:
    """Have a login last longer, and its cookie with it, if the box was ticked."""
    realm, event = happening.realm, happening.event
    if BOX not in event.ticked:
        return
    session = happening.db.get_one(LoginSession, event.session_id)
    wanted = realm.settings[Remember]
    days, idle_days = wanted.days * DAY_MINUTES, wanted.idle_days * DAY_MINUTES
    sessions.limit(realm, session, days, idle_days)
    session.remembered = True
