"""Django's own session follows the login, and its own logout ends ours."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from arware.framework_session import (
    OWNER,
    belongs_to_another,
    mark,
    must_be_emptied,
    session_may_fail,
)

if TYPE_CHECKING:
    from arware.auth import Auth

# --- Whose it is -------------------------------------------------------------------


class _Owned(SessionBase):
    """
    A session of which only its owner reads: others find it empty, and lose it.

    Django loads a session when it is first asked for, so this costs other requests
    nothing.
    """

    auth: Auth

    def load(self) -> Any:
        """Return what the store has for who is there."""
        data = super().load()
        if belongs_to_another(data, self.auth):
            self.delete(self.session_key)
            data = self._forgotten()
        return data

    async def aload(self) -> Any:
        """Return it without blocking the loop."""
        data = await super().aload()
        if belongs_to_another(data, self.auth):
            await self.adelete(self.session_key)
            data = self._forgotten()
        return data

    def _forgotten(self) -> dict[str, Any]:
        self._session_key = None
        self.modified = True
        return {}


@cache
def _owned(kind: Any) -> Any:
    """Return *kind*, a class of the project's store, for owners only."""
    # Stores salt what they sign with the name of their class.
    names = {"__qualname__": kind.__qualname__, "__module__": kind.__module__}
    return type(kind.__name__, (_Owned, kind), names)


def open_session(request: HttpRequest, auth: Auth) -> bool:
    """
    Look whose the session of *request* is, once it is asked for.

    Tell whether it has been already, above us, and is somebody else's: it is to be
    emptied then, which may block.
    """
    session = getattr(request, "session", None)
    if not isinstance(session, SessionBase):
        return False
    if _is_loaded(session):
        return belongs_to_another(session, auth)
    # The same object: others above may hold it, and stores keep more in it than a key.
    kind: Any = type(session)
    session.__class__ = _owned(kind)
    vars(session)["auth"] = auth
    return False


def mark_session(request: HttpRequest, auth: Auth) -> None:
    """Have the session say whose it is, if the application has used it."""
    session = getattr(request, "session", None)
    if session is not None and _is_loaded(session):
        mark(session, auth)


def _is_loaded(session: Any) -> bool:
    """Tell whether *session* holds what its store has: to look may have failed."""
    return hasattr(session, "_session_cache")


# --- Logging in and out ------------------------------------------------------------


def follow(request: HttpRequest, owner: str | None, former: str | None) -> None:
    """Have the session be that of *owner*; if its store is down, make another one."""
    session = getattr(request, "session", None)
    if session is None:
        return
    is_done = False
    with session_may_fail():
        _follow(session, owner, former)
        is_done = True
    if not is_done:  # as of a browser that had none
        session._session_key, session._session_cache = None, {}
    if owner is not None:
        rotate_token(request)


def _follow(session: Any, owner: str | None, former: str | None) -> None:
    if owner is None:
        if not session.is_empty():
            session.flush()
        return
    # Who logged in by Django's own means is somebody else, too.
    if SESSION_KEY in session or must_be_emptied(session, owner, former):
        session.flush()
    else:  # what stays gets another key, which nobody has planted
        session.cycle_key()
    session[OWNER] = owner


def _log_out(request: HttpRequest, **_: Any) -> None:
    """Log out whole who logs out by Django's means."""
    auth = getattr(request, "authrocket", None)
    if auth is not None and auth.user is not None:
        auth.logout()


user_logged_out.connect(_log_out)
