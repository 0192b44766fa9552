"""API tokens: what the realm, or the API, gives for one."""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from ..api.answers import understand
from ..api.calls import Call
from ..core.lru import LRU
from ..errors import Error, RecordNotFound
from ..fork import in_each_process
from .driver import wait
from .sessions import Rest

if TYPE_CHECKING:
    from ..api.answers import Response
    from ..api.calls import Context, Sender
    from ..core.effects import NeedApiToken

log = logging.getLogger("arware")

#: How long anybody waits for an answer, in seconds: a call's own limit and a little.
ASK_SECONDS = 6.0

#: About how many unknown API tokens the API is asked in vain, in how many seconds.
STRANGERS = 30
STRANGERS_SECONDS = 30

#: How many API tokens a process knows as ones that counted.
KNOWN = 10_000

#: Returns a login token for an API token, ``None`` for one that does not count; raises
#: if it cannot tell.
Redeem = Callable[[str], str | None]


class ApiTokens:
    """
    Have API tokens redeemed by *redeem*, left alone for 5 s when it is away.

    All who want the same at the same time share one question: the minute of a busy
    token is over for all its requests at once.
    """

    def __init__(self, redeem: Redeem, clock: Callable[[], float]) -> None:
        self._redeem = redeem
        self._clock = clock
        self._rest = Rest(clock)
        in_each_process(self._begin_anew)

    def _begin_anew(self) -> None:
        self._under_way: dict[str, Future[str | None]] = {}
        self._pool: ThreadPoolExecutor | None = None

    def ask(self, effect: NeedApiToken) -> str | None:
        """
        Return the login token, ``None`` if the API token does not count.

        It may block. Whatever it raises means that nobody could tell.
        """
        future, is_ours = self._join(effect)
        if is_ours:
            self._work(effect, future)
        answer: str | None = wait(future, ASK_SECONDS, too_late())
        return answer

    def begin(self, effect: NeedApiToken) -> Future[str | None]:
        """Return the future of what :meth:`ask` returns; threads of ours work on it."""
        future, is_ours = self._join(effect)
        if is_ours:
            # Anybody can make up API tokens, so they have threads of their own: they
            # must not keep other questions waiting.
            try:
                self._submit(effect, future)
            except BaseException:
                # Nobody will work on it: whoever comes next has to.
                self._under_way.pop(effect.token, None)
                future.cancel()
                raise
        return future

    def _submit(self, effect: NeedApiToken, future: Future[str | None]) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(4, thread_name_prefix="arware-tokens")
        self._pool.submit(self._work, effect, future)

    def _join(self, effect: NeedApiToken) -> tuple[Future[str | None], bool]:
        """Return the future of the answer, and whether the caller is to work on it."""
        future: Future[str | None] = Future()
        found = self._under_way.setdefault(effect.token, future)
        return found, found is future

    def _work(self, effect: NeedApiToken, future: Future[str | None]) -> None:
        try:
            try:
                answer = self._asked(effect)
            finally:
                # Before anybody has the answer: who comes after it asks anew.
                self._under_way.pop(effect.token, None)
            future.set_result(answer)
        except Exception as error:  # noqa: BLE001 - those who wait decide about it
            future.set_exception(error)
        finally:
            future.cancel()  # which is nothing to one that is done

    def _asked(self, effect: NeedApiToken) -> str | None:
        if self._clock() - effect.now > ASK_SECONDS:
            # It stood in a queue for so long that whoever wanted it has gone.
            raise too_late()
        if self._rest.is_on():
            raise Error("nobody could be reached a moment ago")
        try:
            return self._rest.ask(self._redeem, effect.token)
        except Exception as error:
            log.warning("an API token could not be checked: %s", type(error).__name__)
            raise


class Spared:
    """
    *redeem*, but for the many that anybody can make up: they would use up what the API
    allows its key.

    At most :data:`STRANGERS` questions each :data:`STRANGERS_SECONDS` are about API
    tokens that this process does not know and that turn out not to count. What counted
    before is always asked about.
    """

    def __init__(self, redeem: Redeem, clock: Callable[[], float]) -> None:
        self._redeem = redeem
        self._clock = clock
        self._known: LRU[bytes, bool] = LRU(KNOWN)
        #: When a stranger was asked about who does not count, or not yet.
        self._strangers: deque[float] = deque(maxlen=STRANGERS)

    def __call__(self, text: str) -> str | None:
        """Return what *redeem* does; raises :class:`Error` if it is not to be asked."""
        digest = hashlib.sha256(text.encode()).digest()
        if self._known.get(digest):
            return self._redeem(text)
        strangers, now = self._strangers, self._clock()
        if len(strangers) == STRANGERS and 0 <= now - strangers[0] < STRANGERS_SECONDS:
            raise Error("too many API tokens that do not count were shown of late")
        strangers.append(now)
        answer = self._redeem(text)
        if answer is not None:
            self._known.put(digest, True)
            with suppress(IndexError):
                strangers.pop()
        return answer


def too_late() -> Error:
    """Return what stands for an answer that does not come in time."""
    return Error("nobody told about an API token in time")


def redeemed_by(client: Sender, clock: Callable[[], float]) -> Redeem:
    """
    Return what redeems API tokens by a call of *client*.

    It is ``POST api_tokens/verify`` with ``{"api_token": {"token": "art_..."}}``. The
    answer is a session with its ``token``; 404 and 422 say that the API token does not
    count. Strangers are spared it, see :class:`Spared`.
    """

    def redeem(text: str) -> str | None:
        body = {"api_token": {"token": text}}
        return client.send(Call("POST", "api_tokens/verify", "", body, _read))

    return Spared(redeem, clock)


def _read(response: Response, _context: Context) -> str | None:
    try:
        answer = understand(response)
    except RecordNotFound:
        return None
    if response.status == 422:
        return None
    token = answer.data.get("token") if isinstance(answer.data, dict) else None
    if not isinstance(token, str):
        raise Error("the API's answer holds no login token")
    return token
