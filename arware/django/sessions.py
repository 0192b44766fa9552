"""Django's own session follows the login, and its own logout ends ours."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

#: Where a session keeps whose it is.
_OWNER = "_authrocket_user"


def follow(request: HttpRequest, user_id: str | None, former: str | None) -> None:
    """
    Have the session be that of *user_id*, emptied if it was somebody else's.

    What somebody who was not logged in put there, a basket say, stays at the login,
    under a new key, which nobody has planted.
    """
    session = getattr(request, "session", None)
    if session is None:
        return
    if user_id is None:
        if not session.is_empty():
            session.flush()
        return
    # Who logged in by Django's own means is somebody else, too.
    if SESSION_KEY in session or session.get(_OWNER, former) not in (None, user_id):
        session.flush()
    else:
        session.cycle_key()
    session[_OWNER] = user_id
    rotate_token(request)


def _log_out(request: HttpRequest, **_: Any) -> None:
    """Log out whole who logs out by Django's means."""
    auth = getattr(request, "authrocket", None)
    if auth is not None and auth.user is not None:
        auth.logout()


user_logged_out.connect(_log_out)
