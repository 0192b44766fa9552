"""API tokens: what the realm, or the API, gives for one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from .api.answers import understand
from .api.calls import Call
from .errors import Error
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
    """Have API tokens redeemed by *redeem*, left alone for 5 s when it is away."""

    def __init__(self, redeem: Redeem, clock: Callable[[], float]) -> None:
        self._redeem = redeem
        self._clock = clock
        self._rest = Rest(clock)

    def ask(self, need: NeedApiToken) -> str | None:
        """
        Return the login token, ``None`` if the API token does not count.

        It may block. Whatever it raises means that nobody could tell.
        """
        if self._clock() - need.now > ASK_SECONDS:
            # It stood in a queue for so long that whoever wanted it has gone.
            raise Error("the question came too late")
        if self._rest.is_on():
            raise Error("nobody could be reached a moment ago")
        try:
            return self._rest.ask(self._redeem, need.token)
        except Exception as error:
            log.warning("an API token could not be checked: %s", type(error).__name__)
            raise


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
