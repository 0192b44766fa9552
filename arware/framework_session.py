"""
The session that a framework keeps for a browser: it follows the login.

Otherwise the next person at the browser would read what the last one has left there. So
a session says whose it is; each integration looks before the application does, empties
what is somebody else's, and has a session marked that the application has used.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .auth import Auth

log = logging.getLogger("arware")

#: Where a session keeps whose it is.
OWNER = "authrocket.owner"


def belongs_to_another(session: Any, auth: Auth) -> bool:
    """Tell whether *session*, just opened, is not of who is there: empty it then."""
    return auth.is_of_another(session.get(OWNER))


def must_be_emptied(session: Any, owner: str | None, former: str | None) -> bool:
    """
    Tell whether *session* is to be emptied when *owner* logs in, ``None`` for a logout.

    Whose it is it says itself; else it was the *former* owner's. What somebody who was
    not logged in put there, a basket say, stays at the login.
    """
    return owner is None or session.get(OWNER, former) not in (None, owner)


def mark(session: Any, auth: Auth) -> bool:
    """Have *session*, which has been used, say whose it is; tell whether it did not."""
    owner = auth.owner
    if owner is None:
        return False
    with session_may_fail():
        if OWNER not in session and list(session.keys()):
            session[OWNER] = owner
            return True
    return False


@contextmanager
def session_may_fail() -> Iterator[None]:
    """Log what fails in a framework's session: its store keeps nobody logged in."""
    try:
        yield
    except Exception:
        log.exception("the framework's session could not follow the login")
