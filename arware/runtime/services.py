"""What an adapter asks about sessions and API tokens: a realm, or the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from arware.api.attempts import Limits
from arware.api.lazy import LazyClient
from arware.core.effects import NeedApiToken, NeedSession

from .api_tokens import ApiRedeemer, ApiTokenHandler
from .sessions import ApiSessions, RealmSessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from arware.cache import Region
    from arware.settings import Settings

    from .handlers import Handlers

    Clock = Callable[[], float]

#: Shorter than those of other calls: a person waits for each check.
CHECK_LIMITS = Limits(connect=2.0, read=3.0, total=5.0, retries=0)


def service_handlers(settings: Settings, region: Region, clock: Clock) -> Handlers:
    """Return the handlers that ask the realm at hand, or AuthRocket's API."""
    return _session_handlers(settings, region, clock) | _api_token_handlers(
        settings, clock
    )


def _session_handlers(settings: Settings, region: Region, clock: Clock) -> Handlers:
    if settings.local_realm is not None:
        return {NeedSession: RealmSessions(settings.local_realm)}
    if not settings.check_session:
        return {}
    client = LazyClient(settings, CHECK_LIMITS)
    return {NeedSession: ApiSessions(settings, client, region, clock)}


def _api_token_handlers(settings: Settings, clock: Clock) -> Handlers:
    realm = settings.local_realm
    if realm is not None:
        # It only looks into its index, so nobody has a quota.
        def redeem(effect: NeedApiToken) -> str | None:
            token: str | None = realm.redeem_api_token(effect.token)
            return token

        return {NeedApiToken: ApiTokenHandler(redeem, clock)}
    if settings.api_key and settings.url:
        redeemer = ApiRedeemer(LazyClient(settings, CHECK_LIMITS), clock)
        return {NeedApiToken: ApiTokenHandler(redeemer, clock)}
    return {}
