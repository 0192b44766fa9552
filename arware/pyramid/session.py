"""Pyramid's own session follows the login: nobody is left the session of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.csrf import new_csrf_token
from pyramid.interfaces import ISessionFactory

from arware.exchange import KEY
from arware.framework_session import OWNER, belongs_to_another, must_be_emptied

if TYPE_CHECKING:
    from arware.auth import Auth

#: What is flashed on logout, in the queue of Pyramid's default.
LOGGED_OUT = "You have been logged out."


class OwnedSessions:
    """
    A session factory around the application's: nobody opens the session of another.

    Pyramid makes the session when it is first asked for, so this costs other requests
    nothing.
    """

    def __init__(self, factory: Any) -> None:
        self._factory = factory

    def __call__(self, request: Any) -> Any:
        """Return the session of *request*."""
        session = self._factory(request)
        auth = request.environ.get(KEY)
        if auth is not None:
            check(session, auth)
        return session


def wrap_factory(registry: Any) -> None:
    """Put ours around the session factory of *registry*, once, if there is any."""
    factory = registry.queryUtility(ISessionFactory)
    if factory is not None and not isinstance(factory, OwnedSessions):
        registry.registerUtility(OwnedSessions(factory), ISessionFactory)


def check(session: Any, auth: Auth) -> None:
    """Empty *session* of what is not for who is there."""
    if belongs_to_another(session, auth):
        session.invalidate()


def follow(request: Any, owner: str | None, former: str | None) -> None:
    """
    Have the session of *request* be that of *owner*, ``None`` after a logout.

    What is kept stands under a new id and with a new CSRF token: neither may be one
    that somebody has planted in this browser (ASVS 7.2.4).
    """
    if not _has_session(request):
        return
    session = request.session
    kept = dict(session)
    session.invalidate()
    if owner is None:
        return
    if not must_be_emptied(kept, owner, former):
        session.update(kept)
    session[OWNER] = owner
    new_csrf_token(request)


def flash_logout(request: Any) -> None:
    """Leave the next page the text that the login is over."""
    if _has_session(request):
        request.session.flash(LOGGED_OUT)


def _has_session(request: Any) -> bool:
    return request.registry.queryUtility(ISessionFactory) is not None
