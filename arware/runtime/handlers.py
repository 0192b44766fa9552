"""Handlers of effects, one for each type: what asks, and how long anybody waits."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from arware.core.effects import (
    NeedKeys,
    NeedRevocation,
    NeedSession,
    Revoke,
    SessionState,
)
from arware.fork import PerProcess

from .driver import wait
from .key_store import DOWNLOAD_SECONDS

if TYPE_CHECKING:
    from arware.tokens.keys import KeySet

    from .key_store import Keys
    from .revocations import Revocations

E = TypeVar("E")
A = TypeVar("A")


class Handler(Generic[E, A]):
    """
    Handle effects of one type; its threads serve no others.

    *seconds* is how long anybody waits for an answer.
    """

    seconds = 2.0
    threads = 4

    def __init__(self) -> None:
        self._pool = PerProcess(self._new_pool)

    def ask(self, effect: E) -> A:
        """Return the answer; it may block. What it raises, the core decides about."""
        raise NotImplementedError

    def begin(self, effect: E) -> Future[A]:
        """Return the future of the answer at once; threads work on it."""
        return self._pool.get().submit(self.ask, effect)

    def timeout(self, effect: E) -> A:
        """Return, or raise, what stands for an answer that takes too long."""
        raise NotImplementedError

    def _new_pool(self) -> ThreadPoolExecutor:
        name = type(self).__name__
        return ThreadPoolExecutor(self.threads, thread_name_prefix=f"arware-{name}")


class KeyHandler(Handler[NeedKeys, "KeySet | None"]):
    """Have the *keys* fetch a set that may hold the one in question."""

    seconds = DOWNLOAD_SECONDS

    def __init__(self, keys: Keys) -> None:
        super().__init__()
        self._keys = keys

    def ask(self, effect: NeedKeys) -> KeySet | None:
        """Return the set, ``None`` if none can be had; it may block."""
        found: KeySet | None = wait(self.begin(effect), self, effect)
        return found

    def begin(self, effect: NeedKeys) -> Future[KeySet | None]:
        """Return the future of the set, which the keys' own thread downloads."""
        return self._keys.fetch(effect.kid, effect.now)

    def timeout(self, effect: NeedKeys) -> KeySet | None:
        """Return the set at hand."""
        return self._keys.peek(effect.now)


class SessionCheck(Protocol):
    """Who knows whether a session stands."""

    def check(self, effect: NeedSession) -> SessionState:
        """Return what is known of the session; it may block."""
        ...


class SessionHandler(Handler[NeedSession, SessionState]):
    """Ask *sessions* whether one stands."""

    seconds = 30.0

    def __init__(self, sessions: SessionCheck) -> None:
        super().__init__()
        self._sessions = sessions

    def ask(self, effect: NeedSession) -> SessionState:
        """Return what is known of the session; it may block."""
        return self._sessions.check(effect)

    def timeout(self, effect: NeedSession) -> SessionState:
        """Tell that nobody could tell."""
        return SessionState(None, effect.now)


class RevocationHandler(Handler[NeedRevocation, bool]):
    """Ask whether another process has revoked a login."""

    def __init__(self, revocations: Revocations) -> None:
        super().__init__()
        self._revocations = revocations

    def ask(self, effect: NeedRevocation) -> bool:
        """Look in the region; it may block."""
        return self._revocations.ask(effect.login_id, effect.sid)

    def timeout(self, effect: NeedRevocation) -> bool:  # noqa: ARG002 - as for any
        """Tell that nothing is known: a slow store delays a logout elsewhere."""
        return False


class RevokeHandler(Handler[Revoke, None]):
    """Revoke a login, and tell other processes."""

    def __init__(self, revocations: Revocations) -> None:
        super().__init__()
        self._revocations = revocations

    def ask(self, effect: Revoke) -> None:
        """Revoke it here at once, and elsewhere as soon as the region takes it."""
        self._revocations.tell(effect.login_id, effect.sid, effect.until)

    def timeout(self, effect: Revoke) -> None:
        """Leave it to the thread that is at it."""
