"""Verdicts: what is remembered of credentials that were verified."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Protocol

from arware.errors import KeysUnavailable, TokenError

from .lru import LRU

if TYPE_CHECKING:
    from collections.abc import Container

    from arware.resources.claims import Identity
    from arware.tokens.keys import KeySet

#: By how many seconds a clock may run back unnoticed: those of two threads differ, and
#: small corrections are made all the time.
CLOCK_STEP = 5.0


#: How many verdicts a process remembers.
VERDICTS = 10_000

#: Why a token that arrived does not count.
CallbackError = TokenError | KeysUnavailable


class Verdict:
    """
    What was found of a good credential: whose it is, by which keys, and how long.

    Kept between requests, so everything in it is immutable but the times, which are in
    seconds since the epoch.
    """

    __slots__ = (
        "asked_at",
        "checked_until",
        "expires_at",
        "fresh_from",
        "fresh_until",
        "identity",
        "keys",
        "login_id",
    )

    def __init__(
        self, identity: Identity, keys: object, login_id: str | None = None
    ) -> None:
        self.identity = identity
        self.keys = keys
        self.login_id = login_id
        self.expires_at = identity.exp
        #: When other processes were last asked about a revocation.
        self.asked_at = 0.0
        #: Until when the session counts as checked.
        self.checked_until = 0.0
        #: Between these nothing has to be asked. A clock that was set back shows a time
        #: before the first, and then all that is remembered is asked for anew.
        self.fresh_from = 0.0
        self.fresh_until = 0.0


class KeysAtHand(Protocol):
    """The key set as it is known now; asking never blocks."""

    @property
    def by_kid(self) -> bool:
        """Whether tokens must name their key, as with a downloaded set."""
        ...

    def peek(self, now: float) -> KeySet | None:
        """Return the set at hand, ``None`` if there is none (any more)."""
        ...


class VerdictCache:
    """
    The verdicts that a process remembers, each by a name of its own.

    *revoked* holds the ids of revoked logins and sessions that the process knows.
    """

    def __init__(self, keys: KeysAtHand, revoked: Container[str | None]) -> None:
        self._keys = keys
        self._revoked = revoked
        self._by_name: LRU[str, Verdict] = LRU(VERDICTS)
        #: The number of the last ending: what was asked before may be untrue by now.
        self.endings = 0
        self._numbers = count(1)

    def recall(self, name: str, now: float) -> Verdict | None:
        """
        Return the verdict called *name* if nothing must be asked about it.

        ``None`` says nothing about the credential: it is then to be verified.
        """
        verdict = self._by_name.get(name)
        if (
            verdict is None
            or not verdict.fresh_from <= now < verdict.fresh_until
            or verdict.keys is not self._keys.peek(now)
        ):
            return None
        revoked = self._revoked
        if verdict.login_id in revoked or verdict.identity.sid in revoked:
            return None
        return verdict

    def verified(self, name: str, now: float) -> Verdict | None:
        """Return the verdict called *name* if its token need not be verified again."""
        verdict = self._by_name.get(name)
        known = verdict is not None and verdict.keys is self._keys.peek(now)
        return verdict if known else None

    def keep(
        self, name: str, verdict: Verdict, now: float, until: float, endings: int
    ) -> None:
        """
        Remember *verdict*, fresh until then; *endings* is what it was before asking.

        If something has ended since, it is asked about again at its next request.
        """
        verdict.fresh_from = now - CLOCK_STEP
        verdict.fresh_until = until
        self._by_name.put(name, verdict)
        # After it is kept: an ending that comes later finds it there.
        if endings != self.endings:
            self._expire(verdict)

    def ended(self, *, sid: str | None = None, user_id: str | None = None) -> None:
        """Ask anew, at their next request, for all logins of a session or a user."""
        # Never one that was before, however many threads come at once.
        self.endings = next(self._numbers)
        for verdict in self._by_name.values():
            identity = verdict.identity
            if (sid and identity.sid == sid) or (user_id and identity.sub == user_id):
                self._expire(verdict)

    @staticmethod
    def _expire(verdict: Verdict) -> None:
        verdict.asked_at = verdict.checked_until = verdict.fresh_until = 0.0
