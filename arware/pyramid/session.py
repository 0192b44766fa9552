"""Pyramid's own session follows the login: nobody is left the session of another."""

from __future__ import annotations

from typing import Any

from pyramid.csrf import new_csrf_token
from pyramid.interfaces import ISessionFactory

#: Where the session keeps whose it is.
_OWNER = "authrocket.owner"

#: What is flashed on logout, in the queue of Pyramid's default.
LOGGED_OUT = "You have been logged out."


def follow(request: Any, user_id: str | None, former: str | None) -> None:
    """
    Have the session of *request* be that of *user_id*, ``None`` after a logout.

    It is emptied if it was somebody else's: by what it says itself, or of the *former*
    user. What somebody who was not logged in put there, a basket say, stays at the
    login, under a new id and with a new CSRF token: neither may be one that somebody
    has planted in this browser (ASVS 7.2.4).
    """
    if not _has_session(request):
        return
    session = request.session
    kept = dict(session)
    session.invalidate()
    if user_id is None:
        return
    if kept.get(_OWNER, former) in (None, user_id):
        session.update(kept)
    session[_OWNER] = user_id
    new_csrf_token(request)


def flash_logout(request: Any) -> None:
    """Leave the next page the text that the login is over."""
    if _has_session(request):
        request.session.flash(LOGGED_OUT)


def _has_session(request: Any) -> bool:
    return request.registry.queryUtility(ISessionFactory) is not None
