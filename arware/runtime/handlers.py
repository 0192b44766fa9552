"""Handlers of effects, one for each type: what asks, and how long anybody waits."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from arware.core.effects import NeedKeys, NeedRevocation
from arware.errors import KeysUnavailable
from arware.fork import PerProcess

from .driver import wait
from .key_store import DOWNLOAD_SECONDS
from .threads import started

if TYPE_CHECKING:
    from arware.core.effects import Effect
    from arware.tokens.keys import KeySet

    from .key_store import Keys
    from .revocations import Revocations

log = logging.getLogger("arware")

E = TypeVar("E", bound="Effect")
A = TypeVar("A")


class Handler(Generic[E, A]):
    """
    Handle effects of one type; its threads serve no others.

    All who want the same at the same time share one question. *seconds* is how long
    anybody waits for an answer; what would stand in the queue for over half of that is
    not asked. *timer* returns seconds, from whatever moment.
    """

    seconds = 2.0
    threads = 4

    def __init__(self, timer: Callable[[], float] = monotonic) -> None:
        self._timer = timer
        self._pool = PerProcess(self._new_pool)
        self._under_way = PerProcess(dict[E, Future[A]])
        #: How long an answer has taken, on the average of the last ones.
        self._took = 0.0

    def ask(self, effect: E) -> A:
        """
        Return the answer; it may block. What it raises, the core decides about.

        Whoever comes first asks in its own thread, and the others wait.
        """
        future, is_ours = self._join(effect)
        if is_ours:
            self._settle(effect, future, self.answer)
        answer: A = wait(future, self, effect)
        return answer

    def begin(self, effect: E) -> Future[A]:
        """Return the future of the answer at once; threads work on it."""
        future, is_ours = self._join(effect)
        if is_ours:
            late = self._timer() + self.seconds / 2
            work = (self._settle, effect, future, partial(self._answer_in_time, late))
            if self._is_full() or not started(self._pool.get().submit, *work):
                log.warning(
                    "%s: too many requests wait for an answer", type(self).__name__
                )
                self._settle(effect, future, self.timeout)
        return future

    def answer(self, effect: E) -> A:
        """Find the answer out; it may block."""
        raise NotImplementedError

    def timeout(self, effect: E) -> A:
        """Return, or raise, what stands for an answer that takes too long."""
        raise NotImplementedError

    def forget(self) -> None:
        """Let nobody join a question that is under way: its answer may be untrue."""
        self._under_way.get().clear()

    def _join(self, effect: E) -> tuple[Future[A], bool]:
        """Return the future of the answer, and whether the caller is to work on it."""
        future: Future[A] = Future()
        found = self._under_way.get().setdefault(effect, future)
        return found, found is future

    def _settle(self, effect: E, future: Future[A], answer: Callable[[E], A]) -> None:
        """Bring *future* what *answer* returns or raises."""
        try:
            try:
                found = answer(effect)
            finally:
                # Before anybody has the answer: who comes after it asks anew.
                self._under_way.get().pop(effect, None)
            future.set_result(found)
        except Exception as error:  # noqa: BLE001 - those who wait decide about it
            future.set_exception(error)
        finally:
            future.cancel()  # which is nothing to one that is done

    def _answer_in_time(self, late: float, effect: E) -> A:
        began = self._timer()
        if began > late:
            return self.timeout(effect)
        try:
            return self.answer(effect)
        finally:
            self._took += (self._timer() - began - self._took) / 8

    def _is_full(self) -> bool:
        """Tell whether one more would stand in the queue for too long."""
        waiting = len(self._under_way.get()) - self.threads
        return waiting > 0 and waiting * self._took > self.threads * self.seconds / 2

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


class HeldKeys(Handler[NeedKeys, "KeySet | None"]):
    """Download nothing: a login in the application's own code may run on a loop."""

    def ask(self, effect: NeedKeys) -> KeySet | None:  # noqa: ARG002 - each handler gets it
        """Tell that no key at hand will do."""
        raise KeysUnavailable("the token's key is not at hand; use alogin")


class RevocationHandler(Handler[NeedRevocation, bool]):
    """Ask whether another process has revoked a login."""

    def __init__(self, revocations: Revocations) -> None:
        super().__init__()
        self._revocations = revocations

    def answer(self, effect: NeedRevocation) -> bool:
        """Look in the region; it may block."""
        return self._revocations.ask(effect.login_id, effect.sid)

    def timeout(self, effect: NeedRevocation) -> bool:  # noqa: ARG002 - each handler gets it
        """Tell that nothing is known: a slow store delays a logout elsewhere."""
        return False


#: What handles the effects of each type.
Handlers: TypeAlias = dict[type[Any], Handler[Any, Any]]
