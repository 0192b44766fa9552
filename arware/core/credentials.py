"""
Credentials: from what a request brings to a verdict, or to an error with a reason.

A token is verified when it is first seen and again when the keys have changed;
in between its verdict is remembered. Times are looked at on every request.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING, NamedTuple

from arware.auth import TRANSIENT, Reason
from arware.errors import (
    BadCookie,
    KeysUnavailable,
    TokenError,
    TokenExpired,
    TokenMalformed,
)
from arware.tokens import jwt
from arware.web.cookies import Cookies, LoginCookie, candidates

from .api_tokens import ApiTokens
from .effects import Steps
from .standing import RevocationsAtHand, Standing
from .verifier import Verifier

if TYPE_CHECKING:
    from arware.settings import Settings
    from arware.web.browser import Browser

    from .verdict import KeysAtHand, Verdict, VerdictCache

log = logging.getLogger("arware")

#: In how many joined Authorization headers a token of ours is looked for.
MOST_AUTHORIZATIONS = 8

#: What may come of a credential; each has a reason of the auth object's.
FAILURES = (TokenError, BadCookie, KeysUnavailable)

#: Reasons for which a cookie is left where it is: time may heal them, or a newer login
#: has taken its place already, and a response that clears it may arrive after that one.
_LEFT_ALONE = TRANSIENT | {Reason.REVOKED}


class Found(NamedTuple):
    """What a request's cookies amount to: a verdict, or why there is none."""

    verdict: Verdict | None
    reason: Reason = Reason.NO_CREDENTIAL
    #: Whether no cookie can ever become good again, so that they are to be cleared.
    hopeless: bool = False


class Credentials:
    """Verify what requests bring by *settings*, with what is *at hand*."""

    def __init__(
        self,
        settings: Settings,
        keys: KeysAtHand,
        revocations: RevocationsAtHand,
        cookie: LoginCookie,
        verdicts: VerdictCache,
    ) -> None:
        self._cookie = cookie
        self._revocations = revocations
        self.verifier = Verifier(settings, keys)
        self.verdicts = verdicts
        self.standing = Standing(settings, revocations)
        self._api_tokens = ApiTokens(settings, self.verifier, self.verdicts)

    # --- Authorization -------------------------------------------------------------

    def bearer(
        self, values: tuple[str, ...], client: str, now: float
    ) -> Steps[Verdict | None]:
        """
        Verify the Authorization headers of *client*; ``None`` if they are not ours.

        Raises one of :data:`FAILURES`, also for several headers with one of ours.
        """
        text = self._bearer_text(values)
        if text is None:
            return None
        # No cookie holds a semicolon: a token is no login's cookie unless we signed it.
        name = f"bearer;{text}"
        known = self.verdicts.recall(name, now)
        if known is not None:
            return known
        if self._api_tokens.claims(text):
            return (yield from self._api_tokens.verify(text, client, now))
        token = self.verifier.parsed(text)
        if token is None:
            return None
        endings = self.verdicts.endings
        verdict = yield from self.verifier.verify(token, now)
        until = yield from self.standing.check(verdict, now)
        self.verdicts.keep(name, verdict, now, until, endings)
        return verdict

    def _bearer_text(self, values: tuple[str, ...]) -> str | None:
        # WSGI servers join repeated headers with a comma, which no token holds.
        joined = ",".join(values)
        if "," in joined:
            several = joined.split(",", MOST_AUTHORIZATIONS)
            if any(self._is_ours(part.strip().rpartition(" ")[2]) for part in several):
                raise TokenMalformed("there are several Authorization headers")
            return None
        scheme, _, rest = joined.strip().partition(" ")
        return rest.strip() if scheme.lower() == "bearer" else None

    def _is_ours(self, text: str) -> bool:
        return self._api_tokens.claims(text) or self.verifier.is_ours(text)

    # --- Cookies -------------------------------------------------------------------

    def cookies(self, cookies: Cookies, name: str, now: float) -> Steps[Found]:
        """
        Verify the login's *cookies*, called *name*.

        Of several the one that is good counts; two that are good and belong to two
        logins mean nobody.
        """
        good: dict[str | None, Verdict] = {}
        reasons: list[Reason] = []
        for text in candidates(cookies, name):
            try:
                verdict = yield from self._login(text, now)
            except FAILURES as failure:
                reasons.append(Reason(failure.reason))
            except Exception:
                # A fault of ours or of a store: nobody is let in by it.
                log.exception("a cookie could not be verified")
                reasons.append(Reason.OUTAGE)
            else:
                good[verdict.login_id] = verdict
        if len(good) > 1:
            return Found(None, Reason.BAD_COOKIE)
        if good:
            return Found(good.popitem()[1])
        if reasons:
            return Found(None, reasons[0], _LEFT_ALONE.isdisjoint(reasons))
        return Found(None, Reason.BAD_COOKIE, hopeless=True)

    def _login(self, text: str, now: float) -> Steps[Verdict]:
        known = self.verdicts.recall(text, now)
        if known is not None:
            return known
        endings = self.verdicts.endings
        verdict = self.verdicts.verified(text, now)
        if verdict is None:
            login_id, token = self._cookie.read(text)
            verdict = yield from self.verifier.verify(token, now)
            verdict.login_id = login_id
        else:
            jwt.check_expiry(verdict.expires_at, now, self.verifier.rules.leeway)
        until = yield from self.standing.check(verdict, now)
        self.verdicts.keep(text, verdict, now, until, endings)
        return verdict

    # --- Logins --------------------------------------------------------------------

    def new_login(
        self, token: str, now: float, within: float | None = None
    ) -> Steps[Verdict]:
        """
        Verify *token*, at most *within* seconds old, for a login with an id of its own.

        Raises what is wrong with it, also what would only show at the next request:
        the person would go round in circles.
        """
        verdict = yield from self.verifier.verify(token, now, within)
        verdict.login_id = secrets.token_urlsafe(16)  # 128 bits (ASVS 7.2.3)
        yield from self.standing.check(verdict, now)
        if verdict.expires_at < now + 1:
            # It counts for some seconds more, but no browser keeps such a cookie.
            raise TokenExpired(verdict.expires_at)
        return verdict

    def revoke_logins(self, browser: Browser) -> None:
        """Revoke at once each login that we ever gave to *browser*, good or not."""
        for text in candidates(browser.cookies, browser.options.name):
            try:
                login_id, token = self._cookie.read(text)
                claims = jwt.parse(token).claims
            except FAILURES:
                continue
            sid = claims.get("sid") or ""
            self._revocations.revoke(login_id, sid, claims["exp"])
