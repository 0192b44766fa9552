"""API tokens: what the realm, or the API, gives for one."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
from collections import deque
from collections.abc import Callable
from threading import Semaphore
from typing import TYPE_CHECKING

from arware.api.answers import understand
from arware.api.calls import Call
from arware.core.effects import NeedApiToken
from arware.core.lru import LRU
from arware.errors import Error, RecordNotFound
from arware.fork import PerProcess

from .backoff import Backoff
from .handlers import Handler

if TYPE_CHECKING:
    from arware.api.answers import Response
    from arware.api.calls import Context, Sender

log = logging.getLogger("arware")

#: After the API was asked in vain about so many API tokens of one client, in so many
#: seconds, it is asked about no unknown one of that client.
STRANGERS = 10
STRANGERS_SECONDS = 30

#: About how many unknown ones of one client it is asked at once.
AT_ONCE = 20

#: How many API tokens that counted a process remembers, and how many clients.
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

    def timeout(self, effect: NeedApiToken) -> str | None:  # noqa: ARG002 - each handler gets it
        """Raise: nobody could tell."""
        raise Error("nobody told about an API token in time")


class _Stranger:
    """A client that shows API tokens which this process does not know."""

    def __init__(self) -> None:
        #: When the API was last asked about one in vain.
        self.failures: deque[float] = deque(maxlen=STRANGERS)
        self.turns = Semaphore(AT_ONCE)

    def has_failed(self, now: float) -> bool:
        """Tell whether it has failed too often of late."""
        is_full = len(self.failures) == STRANGERS
        return is_full and 0 <= now - self.failures[0] < STRANGERS_SECONDS


class ApiRedeemer:
    """
    Redeem API tokens by calls of *client*.

    It is ``POST api_tokens/verify`` with ``{"api_token": {"token": "art_..."}}``. The
    answer is a session with its ``token``; 404 and 422 say that the API token does not
    count.

    Anybody can make up API tokens, and they must not use up what the API allows its
    key: once it was asked in vain about :data:`STRANGERS` of one client, by address, in
    :data:`STRANGERS_SECONDS`, it is not asked about others that this process does not
    know, nor about more than :data:`AT_ONCE` of them at once. What counted before is
    always asked about.
    """

    def __init__(self, client: Sender, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock
        self._known: LRU[bytes, bool] = LRU(KNOWN)
        self._strangers = PerProcess(lambda: LRU[str, _Stranger](KNOWN))

    def __call__(self, effect: NeedApiToken) -> str | None:
        """Return the login token; raise :class:`Error` if nobody is to be asked."""
        digest = hashlib.sha256(effect.token.encode()).digest()
        if self._known.get(digest):
            return self._verify(effect.token)
        stranger = self._stranger(effect.client)
        is_over = stranger.has_failed(self._clock())
        if is_over or not stranger.turns.acquire(blocking=False):
            raise Error("this client showed too many API tokens that are not known")
        answer = None
        try:
            answer = self._verify(effect.token)
        finally:
            if answer is None:
                stranger.failures.append(self._clock())
            else:
                self._known.put(digest, True)
            stranger.turns.release()
        return answer

    def _stranger(self, client: str) -> _Stranger:
        strangers, name = self._strangers.get(), network_of(client)
        stranger = strangers.get(name)
        if stranger is None:
            stranger = _Stranger()
            strangers.put(name, stranger)
        return stranger

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
