"""A client that is made at its first call: most adapters never make one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from .namespace import Namespace

if TYPE_CHECKING:
    from arware.resources.claims import Identity
    from arware.settings import Settings

    from .attempts import Limits
    from .calls import Call
    from .client import Client

T = TypeVar("T")


class LazyClient(Namespace):
    """
    A client of *settings*, which must have been checked; safe for threads.

    What it takes to speak HTTP is imported when something is asked.
    """

    def __init__(self, settings: Settings, limits: Limits | None = None) -> None:
        self._settings = settings
        self._limits = limits
        self._made: dict[str, Client] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._settings.url}>"

    def send(self, call: Call[T]) -> T:
        """Send *call* and return what it reads from the answer."""
        return self._client().send(call)

    def _verified(self, token: str | None, **options: Any) -> Identity | None:
        return self._client()._verified(token, **options)

    def _client(self) -> Client:
        made = self._made.get("client")
        if made is None:
            from .client import Client

            # Of two threads that come at once, one makes a client that nobody uses.
            client = Client(self._settings, limits=self._limits)
            made = self._made.setdefault("client", client)
        return made
