"""API tokens: what the realm, or the API, gives for one."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from arware.api.answers import understand
from arware.api.calls import Call
from arware.core.effects import NeedApiToken
from arware.core.lru import LRU
from arware.errors import Error, RecordNotFound

from .backoff import Backoff
from .handlers import Handler

if TYPE_CHECKING:
    from arware.api.answers import Response
    from arware.api.calls import Context, Sender

log = logging.getLogger("arware")

#: How many unknown API tokens of one client the API is asked in vain, in how many
#: seconds.
STRANGERS = 10
STRANGERS_SECONDS = 30

#: How many API tokens a process knows as ones that counted, and how many clients.
KNOWN = 10_000

#: Returns a login token, ``None`` for an API token that does not count; raises if it
#: cannot tell.
Redeem = Callable[[NeedApiToken], str | None]


class ApiTokenHandler(Handler[NeedApiToken, "str | None"]):
    """
    Have API tokens redeemed by *redeem*, left alone for 5 s when it is away.

    The minute of a busy token is over for all its requests at once, and they share one
    question. Whatever is raised means that nobody could tell.
    """

    #: A call's own limit and a little.
    seconds = 6.0

    def __init__(self, redeem: Redeem, clock: Callable[[], float]) -> None:
        super().__init__()
        self._redeem = redeem
        self._backoff = Backoff(clock)

    def answer(self, effect: NeedApiToken) -> str | None:
        """Return the login token, ``None`` if the API token does not count."""
        if self._backoff.is_on():
            raise Error("nobody could be reached a moment ago")
        try:
            return self._backoff.ask(lambda: self._redeem(effect))
        except Exception as error:
            log.warning("an API token could not be checked: %s", type(error).__name__)
            raise

    def timeout(self, effect: NeedApiToken) -> str | None:  # noqa: ARG002 - as for any
        """Raise: nobody could tell."""
        raise Error("nobody told about an API token in time")


class ApiRedeemer:
    """
    Redeem API tokens by calls of *client*.

    It is ``POST api_tokens/verify`` with ``{"api_token": {"token": "art_..."}}``. The
    answer is a session with its ``token``; 404 and 422 say that the API token does not
    count.

    Anybody can make up API tokens, and they must not use up what the API allows its
    key: of each client, by address, at most :data:`STRANGERS` questions each
    :data:`STRANGERS_SECONDS` are about API tokens that this process does not know and
    that turn out not to count. What counted before is always asked about.
    """

    def __init__(self, client: Sender, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._known: LRU[bytes, bool] = LRU(KNOWN)
        #: By client, when an unknown one was asked about in vain, or not yet.
        self._strangers: LRU[str, deque[float]] = LRU(KNOWN)

    def __call__(self, effect: NeedApiToken) -> str | None:
        """Return the login token; raise :class:`Error` if nobody is to be asked."""
        digest = hashlib.sha256(effect.token.encode()).digest()
        if self._known.get(digest):
            return self._verify(effect.token)
        strangers = self._strangers_of(effect.client)
        now = self._clock()
        if len(strangers) == STRANGERS and 0 <= now - strangers[0] < STRANGERS_SECONDS:
            raise Error("this client showed too many API tokens that do not count")
        strangers.append(now)
        answer = self._verify(effect.token)
        if answer is not None:
            self._known.put(digest, True)
            with suppress(IndexError):
                strangers.pop()
        return answer

    def _strangers_of(self, client: str) -> deque[float]:
        name = network_of(client)
        strangers = self._strangers.get(name)
        if strangers is None:
            strangers = deque(maxlen=STRANGERS)
            self._strangers.put(name, strangers)
        return strangers

    def _verify(self, text: str) -> str | None:
        body = {"api_token": {"token": text}}
        return self._client.send(Call("POST", "api_tokens/verify", "", body, _read))


def network_of(client: str) -> str:
    """Return what counts as one client: an address, of IPv6 its /64 (RFC 4291)."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


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
