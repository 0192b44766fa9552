"""
Logins that end: noted in the transaction that ends them, told once it is committed.

Whatever ends a login notes it here, so that applications in this process put it out at
once. Logins that only run out are not noted.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Protocol
from weakref import ref

from sqlalchemy.orm import Session

log = logging.getLogger("arware.local")

_NOTED = "arware.local.ended"


class Watcher(Protocol):
    """Who wants to know which logins end."""

    def ended(
        self, *, session_id: str | None = None, user_id: str | None = None
    ) -> None:
        """
        Hear that a login, or all logins of a user, may be over: ask for them again.

        *session_id* is the ``sid`` of tokens: of a session (``kss_...``) or of an API
        token (``at_...``). Either it is given or *user_id* (``usr_...``).
        """
        ...


def note(
    database: Session, *, sessions: Iterable[str] = (), users: Iterable[str] = ()
) -> None:
    """Note in a transaction what it ends: *sessions*, and all logins of *users*."""
    noted = database.info.setdefault(_NOTED, [])
    noted.extend({"session_id": session_id} for session_id in sessions)
    noted.extend({"user_id": user_id} for user_id in users)


class Watchers:
    """Who is told. They are held weakly; adding and telling need no lock."""

    def __init__(self) -> None:
        self._watchers: list[ref[Watcher]] = []

    def add(self, watcher: Watcher) -> None:
        """Tell *watcher* from now on, as long as it lives."""
        self._watchers.append(ref(watcher, self._watchers.remove))

    def tell(self, database: Session) -> None:
        """Tell all watchers what a transaction ended that is now committed."""
        for ended in database.info.pop(_NOTED, ()):
            for known in list(self._watchers):
                watcher = known()
                if watcher is None:
                    continue
                try:
                    watcher.ended(**ended)
                except Exception:
                    # What was done is done; the other watchers must hear of it, too.
                    log.exception("a watcher of logins failed")
