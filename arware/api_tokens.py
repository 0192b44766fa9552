"""API tokens: what the realm, or the API, gives for one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from .api.answers import understand
from .api.calls import Call
from .drive import wait
from .errors import Error
from .forks import in_each_process
from .sessions import Rest

if TYPE_CHECKING:
    from .api.answers import Response
    from .api.calls import Context, Sender
    from .needs import NeedApiToken

log = logging.getLogger("arware")

#: How long anybody waits for an answer, in seconds: a call's own limit and a little.
ASK_SECONDS = 6.0

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

    def ask(self, need: NeedApiToken) -> str | None:
        """
        Return the login token, ``None`` if the API token does not count.

        It may block. Whatever it raises means that nobody could tell.
        """
        future, is_ours = self._join(need)
        if is_ours:
            self._work(need, future)
        answer: str | None = wait(future, ASK_SECONDS, too_late())
        return answer

    def begin(self, need: NeedApiToken) -> Future[str | None]:
        """Return the future of what :meth:`ask` returns; threads of ours work on it."""
        future, is_ours = self._join(need)
        if is_ours:
            # Anybody can make up API tokens, so they have threads of their own: they
            # must not keep other questions waiting.
            if self._pool is None:
                self._pool = ThreadPoolExecutor(4, thread_name_prefix="arware-tokens")
            self._pool.submit(self._work, need, future)
        return future

    def _join(self, need: NeedApiToken) -> tuple[Future[str | None], bool]:
        """Return the future of the answer, and whether the caller is to work on it."""
        future: Future[str | None] = Future()
        found = self._under_way.setdefault(need.token, future)
        return found, found is future

    def _work(self, need: NeedApiToken, future: Future[str | None]) -> None:
        try:
            try:
                answer = self._asked(need)
            finally:
                # Before anybody has the answer: who comes after it asks anew.
                self._under_way.pop(need.token, None)
            future.set_result(answer)
        except Exception as error:  # noqa: BLE001 - those who wait decide about it
            future.set_exception(error)
        finally:
            future.cancel()  # which is nothing to one that is done

    def _asked(self, need: NeedApiToken) -> str | None:
        if self._clock() - need.now > ASK_SECONDS:
            # It stood in a queue for so long that whoever wanted it has gone.
            raise too_late()
        if self._rest.is_on():
            raise Error("nobody could be reached a moment ago")
        try:
            return self._rest.ask(self._redeem, need.token)
        except Exception as error:
            log.warning("an API token could not be checked: %s", type(error).__name__)
            raise


def too_late() -> Error:
    """Return what stands for an answer that does not come in time."""
    return Error("nobody told about an API token in time")


def redeemed_by(client: Sender) -> Redeem:
    """
    Return what redeems API tokens by a call of *client*.

    It is ``POST api_tokens/verify`` with ``{"api_token": {"token": "art_..."}}``. The
    answer is a session with its ``token``; 404 and 422 say that the API token does not
    count.
    """

    def redeem(text: str) -> str | None:
        body = {"api_token": {"token": text}}
        return client.send(Call("POST", "api_tokens/verify", "", body, _read))

    return redeem


def _read(response: Response, _context: Context) -> str | None:
    if response.status in (404, 422):
        return None
    answer = understand(response)
    token = answer.data.get("token") if isinstance(answer.data, dict) else None
    if not isinstance(token, str):
        raise Error("the API's answer holds no login token")
    return token
