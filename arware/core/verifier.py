"""The verifier: a login token and the keys at hand -> a verdict, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arware.errors import KeysUnavailable, TokenError, TokenMalformed, WrongIssuer
from arware.resources.claims import Identity
from arware.tokens import jwt

from .effects import NeedKeys, Steps
from .verdict import KeysAtHand, Verdict

if TYPE_CHECKING:
    from arware.settings import Settings
    from arware.tokens.keys import KeySet


class Verifier:
    """Verify login tokens by *settings*, with the *keys* at hand or fetched."""

    def __init__(self, settings: Settings, keys: KeysAtHand) -> None:
        self._keys = keys
        self.rules = jwt.Rules(settings.issuer, settings.realm, settings.leeway)

    def is_ours(self, text: str) -> bool:
        """Tell whether *text* is a token that claims our issuer."""
        return jwt.is_ours(text, self.rules.issuer)

    def parsed(self, text: str) -> jwt.Token | None:
        """
        Parse *text* if it is a token of ours; ``None`` for the application's own.

        Raises :class:`~arware.errors.TokenMalformed` for one that claims our issuer.
        """
        try:
            token = jwt.parse(text)
        except TokenMalformed:
            if self.is_ours(text):
                raise
            return None
        return token if token.claims.get("iss") == self.rules.issuer else None

    def verify(
        self,
        token: str | jwt.Token,
        now: float,
        within: float | None = None,
        algo: str | None = None,
    ) -> Steps[Verdict]:
        """
        Verify *token*, parsed or not.

        *within* is its greatest age in seconds, *algo* the only algorithm accepted.
        Raises a :class:`~arware.errors.TokenError`, or
        :class:`~arware.errors.KeysUnavailable`.
        """
        if not isinstance(token, jwt.Token):
            token = jwt.parse(token)
        jwt.check_claims(token, self.rules, now, within)
        keys = yield from self._keys_for(token, now)
        jwt.check_signature(token, keys, algo)
        return Verdict(Identity.from_claims(token.claims, token.text), keys)

    def _keys_for(self, token: jwt.Token, now: float) -> Steps[KeySet]:
        if self._keys.by_kid:
            jwt.check_name(token)
        keys = self._keys.peek(now)
        if keys is not None and keys.find(token.kid):
            return keys
        answer = yield NeedKeys(token.kid or "", now)
        if answer is None:
            raise KeysUnavailable
        found: KeySet = answer
        return found


def fault_of_foreign(text: str) -> TokenError:
    """Return what is wrong with *text* as a login token of ours."""
    try:
        jwt.parse(text)
    except TokenMalformed as fault:
        return fault
    return WrongIssuer()
