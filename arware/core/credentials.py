"""
The credentials: from a credential to a verdict, or to an error with a reason.

A token is verified when it is first seen and again when the keys have changed;
in between its verdict is remembered. Times are looked at on every request.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ..auth import Verdict
from ..errors import (
    BadCookie,
    CookieError,
    KeysUnavailable,
    Reason,
    TokenError,
    TokenMalformed,
)
from ..resources.claims import Identity
from ..tokens import jwt as tokens
from ..web.cookies import Codec, candidates
from .effects import NeedApiToken, NeedKeys, NeedRevocation, NeedSession, Steps
from .lru import LRU

if TYPE_CHECKING:
    from ..settings import Settings
    from ..tokens.keys import KeySet

log = logging.getLogger("arware")

#: How many verdicts a process remembers.
VERDICTS = 10_000

#: How often, in seconds, a login that is in use is looked up among those that other
#: processes revoked.
REVOCATION_SECONDS = 30

#: In how many joined Authorization headers a token of ours is looked for.
MOST_AUTHORIZATIONS = 8

#: How API tokens of a realm begin, and what they look like.
API_TOKEN_PREFIX = "art_"  # noqa: S105 - what all begin with is no secret
_API_TOKEN = re.compile(API_TOKEN_PREFIX + "[0-9A-Za-z]{22,64}")

#: How long an API token counts until it is asked for again, in seconds.
API_TOKEN_SECONDS = 60

#: How long one that was refused is not asked for again, in seconds, and how many such
#: are remembered: a program that was not told of a revocation tries again and again.
REFUSED_SECONDS = 10
REFUSALS = 1000

#: After nobody could tell whether a session stands, ask again so many seconds later.
OUTAGE_SECONDS = 5


class KeysAtHand(Protocol):
    """The key set as it is known now; asking never blocks."""

    @property
    def by_kid(self) -> bool:
        """Whether tokens must name their key, as with a downloaded set."""
        ...

    def peek(self, now: float) -> KeySet | None:
        """Return the set at hand, ``None`` if there is none (any more)."""
        ...


class RevocationsAtHand(Protocol):
    """The revoked logins that this process knows; asking never blocks."""

    #: Whether other processes may know of more.
    shared: bool

    def is_revoked(self, login_id: str | None) -> bool:
        """Tell whether this process knows the login as revoked; ``None`` is none."""
        ...

    def revoke(self, login_id: str, until: float) -> None:
        """Revoke at once here, and elsewhere without anybody waiting for it."""
        ...


class Ended(Exception):
    """What stands for a login does not, or not any more; *reason* says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Standing:
    """What a request's cookies amount to: a verdict, or why there is none."""

    verdict: Verdict | None
    reason: Reason
    #: Whether no cookie can ever become good again, so that they are to be cleared.
    hopeless: bool = False


#: What time may heal: a key not published yet, a clock, an outage.
_PASSING = frozenset(
    (
        Reason.KEYS_UNAVAILABLE,
        Reason.UNKNOWN_KEY,
        Reason.NOT_YET_VALID,
        Reason.OUTAGE,
    )
)

#: Reasons for which a cookie is left where it is: time may heal them, or a newer login
#: has taken its place already, and an answer that clears it may arrive after that one.
_KEPT = _PASSING | {Reason.REVOKED}

#: What may come of judging a credential; each has a reason of the auth object's.
FAILURES = (TokenError, CookieError, KeysUnavailable, Ended)

#: Verdicts on Bearer tokens are remembered under a name that no cookie can have, as
#: no cookie holds a semicolon: a token is no login's cookie unless we signed it.
_BEARER = "bearer;"

#: Those on API tokens, which live long, are remembered under a digest.
_BY_API_TOKEN = "api-token;"  # noqa: S105 - nor is this one


class Credentials:
    """Credentials tokens and cookies by *settings*, with the keys and revocations at hand."""

    def __init__(
        self,
        settings: Settings,
        keys: KeysAtHand,
        revocations: RevocationsAtHand,
        verdicts: int = VERDICTS,
    ) -> None:
        self._keys = keys
        self._revocations = revocations
        self._rules = tokens.Rules(settings.issuer, settings.realm)
        self._check_session = settings.check_session or None  # 0: never
        self._deny_on_outage = settings.on_outage == "deny"
        self._verdicts: LRU[str, Verdict] = LRU(verdicts)
        #: Whether there is anybody to ask about API tokens.
        self._knows_api_tokens = settings.local_realm is not None or bool(
            settings.api_key and settings.url
        )
        #: When an API token was refused, and why.
        self._refused: LRU[str, tuple[float, Reason]] = LRU(REFUSALS)

    def is_ours(self, text: str) -> bool:
        """Tell whether *text* is a token that claims our issuer."""
        return tokens.is_ours(text, self._rules.issuer)

    @staticmethod
    def fault_of_foreign(text: str) -> Reason:
        """Return what is wrong with *text* as a login token, if it is not ours."""
        try:
            tokens.parse(text)
        except TokenMalformed as fault:
            return Reason(fault.reason)
        return Reason.WRONG_ISSUER

    def recall(self, text: str, now: float) -> Verdict | None:
        """
        Return the verdict on *text* if it is remembered and nothing must be asked.

        ``None`` says nothing about *text*: it is then to be judged.
        """
        verdict = self._verdicts.get(text)
        if (
            verdict is None
            or verdict.keys is not self._keys.peek(now)
            or now >= verdict.fresh_until
            or self._revocations.is_revoked(verdict.login_id)
        ):
            return None
        return verdict

    # --- Tokens --------------------------------------------------------------------

    def token(
        self,
        text: str,
        now: float,
        within: float | None = None,
        algo: str | None = None,
    ) -> Steps[Verdict]:
        """Credentials the token *text*. Raises :class:`TokenError` or `KeysUnavailable`."""
        return (yield from self._judged(tokens.parse(text), now, within, algo))

    def _judged(
        self,
        token: tokens.Token,
        now: float,
        within: float | None = None,
        algo: str | None = None,
    ) -> Steps[Verdict]:
        tokens.check_claims(token, self._rules, now, within)
        keys = yield from self._keys_for(token, now)
        tokens.check_signature(token, keys, algo)
        return Verdict(Identity.from_claims(token.claims, token.text), keys)

    def _keys_for(self, token: tokens.Token, now: float) -> Steps[KeySet]:
        if self._keys.by_kid:
            tokens.check_name(token)
        keys = self._keys.peek(now)
        if keys is not None and keys.find(token.kid):
            return keys
        answer = yield NeedKeys(token.kid or "", now)
        if answer is None:
            raise KeysUnavailable
        found: KeySet = answer
        return found

    def bearer(self, values: tuple[str, ...], now: float) -> Steps[Verdict | None]:
        """
        Credentials the Authorization headers; ``None`` if they are none of ours.

        Raises what :meth:`token` does, and for two headers.
        """
        text = self._bearer_text(values)
        if text is None:
            return None
        name = _BEARER + text
        known = self.recall(name, now)
        if known is not None:
            return known
        if self._is_api_token(text):
            return (yield from self._api_token(text, now))
        token = self._parsed(text)
        if token is None:
            return None
        verdict = yield from self._judged(token, now)
        yield from self.check_standing(verdict, now)
        self._verdicts.put(name, verdict)
        return verdict

    def _is_api_token(self, text: str) -> bool:
        """Tell whether *text* claims to be an API token, and somebody can be asked."""
        return self._knows_api_tokens and text.startswith(API_TOKEN_PREFIX)

    def _api_token(self, text: str, now: float) -> Steps[Verdict]:
        """
        Credentials an API token by the login token that the realm gives for it.

        It stands as long as the realm says so, asked every minute, and so no managed
        session is looked at. One that the realm does not accept is ``revoked``, whether
        it ever was one or not: the realm does not tell these apart. When nobody can
        tell, it is an outage, and nobody's.
        """
        if _API_TOKEN.fullmatch(text) is None:
            raise TokenMalformed("it is not an API token")
        name = _BY_API_TOKEN + hashlib.sha256(text.encode()).hexdigest()
        known = self.recall(name, now)
        if known is not None:
            return known
        refused_at, why = self._refused.get(name) or (-REFUSED_SECONDS, Reason.REVOKED)
        if 0 <= now - refused_at < REFUSED_SECONDS:
            raise Ended(why)
        try:
            verdict = yield from self._redeemed(text, now)
        except (Ended, TokenError) as failure:
            reason = Reason(failure.reason)
            if reason not in _PASSING:
                self._refused.put(name, (now, reason))
            raise
        verdict.fresh_until = min(now + API_TOKEN_SECONDS, verdict.expires_at)
        self._verdicts.put(name, verdict)
        return verdict

    def _redeemed(self, text: str, now: float) -> Steps[Verdict]:
        try:
            token = yield NeedApiToken(text, now)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody could tell
            log.debug("an API token is not known: %s", type(error).__name__)
            raise Ended(Reason.OUTAGE) from None
        if token is None:
            raise Ended(Reason.REVOKED)
        # Its keys, not the way it came, say that it is good.
        return (yield from self.token(token, now))

    def _bearer_text(self, values: tuple[str, ...]) -> str | None:
        if len(values) > 1:
            raise TokenMalformed("there are several Authorization headers")
        if "," in values[0]:
            # WSGI servers join repeated headers with a comma, which no token holds.
            several = values[0].split(",", MOST_AUTHORIZATIONS)
            parts = (part.strip().rpartition(" ")[2] for part in several)
            if any(self._is_api_token(part) or self.is_ours(part) for part in parts):
                raise TokenMalformed("there are several Authorization headers")
            return None
        scheme, _, rest = values[0].strip().partition(" ")
        return rest.strip() if scheme.lower() == "bearer" else None

    def _parsed(self, text: str) -> tokens.Token | None:
        """Parse *text* if it is a token of ours, well formed or not."""
        try:
            token = tokens.parse(text)
        except TokenMalformed:
            if self.is_ours(text):
                raise
            return None
        return token if token.claims.get("iss") == self._rules.issuer else None

    # --- Cookies -------------------------------------------------------------------

    def cookies(
        self, found: dict[str, list[str]], name: str, codec: Codec, now: float
    ) -> Steps[Standing]:
        """
        Credentials the login's cookies in *found*, called *name*.

        Of several the one that is good counts; two that are good and belong to two
        logins mean nobody.
        """
        good: dict[str | None, Verdict] = {}
        reasons: list[Reason] = []
        for text in candidates(found, name):
            try:
                verdict = yield from self._cookie(text, codec, now)
            except FAILURES as failure:
                reasons.append(Reason(failure.reason))
            except Exception:
                # A fault of ours or of a store: nobody is let in by it.
                log.exception("a cookie could not be judged")
                reasons.append(Reason.OUTAGE)
            else:
                good[verdict.login_id] = verdict
        if len(good) > 1:
            return Standing(None, Reason.BAD_COOKIE)
        if good:
            return Standing(good.popitem()[1], Reason.NO_CREDENTIAL)
        if reasons:
            return Standing(None, reasons[0], _KEPT.isdisjoint(reasons))
        return Standing(None, Reason.BAD_COOKIE, hopeless=True)

    def _cookie(self, text: str, codec: Codec, now: float) -> Steps[Verdict]:
        known = self.recall(text, now)
        if known is not None:
            return known
        verdict = self._verdicts.get(text)
        if verdict is not None and verdict.keys is self._keys.peek(now):
            tokens.check_expiry(verdict.expires_at, now)
        else:
            login_id, token = _unpack(codec.loads(text))
            verdict = yield from self.token(token, now)
            verdict.login_id = login_id
        yield from self.check_standing(verdict, now)
        self._verdicts.put(text, verdict)
        return verdict

    def logins(
        self, found: dict[str, list[str]], name: str, codec: Codec
    ) -> Iterator[tuple[str, float]]:
        """Yield id and end of each login that we ever put into *found*, good or not."""
        for text in candidates(found, name):
            try:
                login_id, token = _unpack(codec.loads(text))
                yield login_id, tokens.parse(token).claims["exp"]
            except FAILURES:
                continue

    # --- Revocations and managed sessions ------------------------------------------

    def session_ended(self, sid: str) -> None:
        """Ask anew, at their next request, for all who came by the session *sid*."""
        for verdict in self._verdicts.values():
            if verdict.identity.sid == sid:
                verdict.checked_until = verdict.fresh_until = 0.0

    @staticmethod
    def _must_ask(verdict: Verdict, now: float) -> bool:
        return now - verdict.asked_at >= REVOCATION_SECONDS

    def check_standing(self, verdict: Verdict, now: float) -> Steps[None]:
        """Raise :class:`Ended` if what *verdict* stands for is over by now."""
        login_id = verdict.login_id
        if login_id is not None:
            if self._revocations.is_revoked(login_id):
                raise Ended(Reason.REVOKED)
            if self._revocations.shared and self._must_ask(verdict, now):
                revoked = yield NeedRevocation(login_id, now)
                if revoked:
                    raise Ended(Reason.REVOKED)
                verdict.asked_at = now
        if self._check_session is not None and now >= verdict.checked_until:
            yield from self._ask_session(verdict, self._check_session, now)
        verdict.fresh_until = self._fresh_until(verdict)

    def _fresh_until(self, verdict: Verdict) -> float:
        """Return until when *verdict* holds without anything being asked."""
        times = [verdict.expires_at + tokens.LEEWAY]
        if verdict.login_id is not None and self._revocations.shared:
            times.append(verdict.asked_at + REVOCATION_SECONDS)
        if self._check_session is not None:
            times.append(verdict.checked_until)
        return min(times)

    def _ask_session(self, verdict: Verdict, age: float, now: float) -> Steps[None]:
        identity = verdict.identity
        state = yield NeedSession(identity.sid, identity.rid, age, now)
        if state.active is False:
            raise Ended(Reason.ENDED)
        if state.active is None:
            if self._deny_on_outage:
                raise Ended(Reason.OUTAGE)
            verdict.checked_until = now + OUTAGE_SECONDS
        else:
            verdict.checked_until = state.until


def _unpack(value: Any) -> tuple[str, str]:
    """Return login id and token out of what was signed."""
    match value:
        case [str() as login_id, str() as token]:
            return login_id, token
    raise BadCookie("it was signed for something else")
