"""API tokens: judged by the login token that the realm gives for one."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from arware.auth import TRANSIENT, Reason
from arware.errors import LoginRefused, TokenError, TokenMalformed
from arware.tokens.api_tokens import PREFIX, is_api_token

from .effects import NeedApiToken, Steps
from .lru import LRU

if TYPE_CHECKING:
    from arware.settings import Settings

    from .verdict import Verdict, VerdictCache
    from .verifier import Verifier

log = logging.getLogger("arware")

#: How long an API token counts until it is asked for again, in seconds.
VERDICT_SECONDS = 60

#: How long one that was refused is not asked for again, in seconds, and how many such
#: are remembered: a program that was not told of a revocation tries again and again.
REFUSED_SECONDS = 10
REFUSALS = 1000


class ApiTokens:
    """
    Judge API tokens, where *settings* name somebody who can be asked about them.

    One stands as long as the realm says so, asked every minute, and so no managed
    session is looked at. One that the realm does not accept is ``revoked``, whether it
    ever was one or not: the realm does not tell these apart. When nobody can tell, it
    is an outage, and the request anonymous.
    """

    def __init__(
        self, settings: Settings, verifier: Verifier, verdicts: VerdictCache
    ) -> None:
        self._verifier = verifier
        self._verdicts = verdicts
        self._can_ask = settings.local_realm is not None or bool(
            settings.api_key and settings.url
        )
        #: When an API token was refused, and why.
        self._refused: LRU[str, tuple[float, Reason]] = LRU(REFUSALS)

    def claims(self, text: str) -> bool:
        """Tell whether *text* claims to be one, and somebody can be asked."""
        return self._can_ask and text.startswith(PREFIX)

    def verify(self, text: str, client: str, now: float) -> Steps[Verdict]:
        """Return the verdict on *text*, shown by *client*; raise if it is not good."""
        if not is_api_token(text):
            raise TokenMalformed("it is not an API token")
        # It lives long, so it is remembered by a digest, under a name that neither a
        # cookie nor a Bearer token can have.
        name = f"api-token;{hashlib.sha256(text.encode()).hexdigest()}"
        known = self._verdicts.recall(name, now)
        if known is not None:
            return known
        refused_at, why = self._refused.get(name) or (-REFUSED_SECONDS, Reason.REVOKED)
        if 0 <= now - refused_at < REFUSED_SECONDS:
            raise LoginRefused(why)
        endings = self._verdicts.endings
        try:
            verdict = yield from self._redeemed(text, client, now)
        except TokenError as failure:
            reason = Reason(failure.reason)
            if reason not in TRANSIENT:
                self._refused.put(name, (now, reason))
            raise
        until = min(now + VERDICT_SECONDS, verdict.expires_at)
        self._verdicts.keep(name, verdict, now, until, endings)
        return verdict

    def _redeemed(self, text: str, client: str, now: float) -> Steps[Verdict]:
        try:
            token = yield NeedApiToken(text, client, now)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody could tell
            log.debug("an API token is not known: %s", type(error).__name__)
            raise LoginRefused(Reason.OUTAGE) from None
        if token is None:
            raise LoginRefused(Reason.REVOKED)
        # Its keys, not the way it came, say that it is good.
        return (yield from self._verifier.verify(token, now))
