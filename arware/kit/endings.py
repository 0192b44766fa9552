"""
Who hears of logins that end.

Whatever ends a login tells the watchers once that is committed, so that applications in
this process put it out at once. Logins that only run out are not told.
"""

from __future__ import annotations

import logging
from typing import Protocol
from weakref import ref

log = logging.getLogger("arware.local")


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


class Watchers:
    """Who is told. They are held weakly; adding and telling need no lock."""

    def __init__(self) -> None:
        self._watchers: list[ref[Watcher]] = []

    def add(self, watcher: Watcher) -> None:
        """Tell *watcher* from now on, as long as it lives."""
        self._watchers.append(ref(watcher, self._watchers.remove))

    def tell(
        self, *, session_id: str | None = None, user_id: str | None = None
    ) -> None:
        """Tell all watchers of a login that ended, or of all logins of a user."""
        for known in list(self._watchers):
            watcher = known()
            if watcher is None:
                continue
            try:
                watcher.ended(session_id=session_id, user_id=user_id)
            except Exception:
                # What was done is done; the other watchers must hear of it, too.
                log.exception("a watcher of logins failed")
