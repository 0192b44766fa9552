"""The authenticator: from settings to a flow, the stores behind it, and the driver between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from ..api.calls import Context
from ..api.exchange import Limits
from ..api.lazy import LazyClient
from ..auth import Auth, Verdict
from ..cache.region import guarded
from ..core.credentials import Credentials
from ..core.effects import (
    Effect,
    NeedApiToken,
    NeedKeys,
    NeedRevocation,
    NeedSession,
    SessionState,
    Steps,
)
from ..core.flow import Flow
from ..core.lru import LRU
from ..errors import ConfigurationError, Error, TokenError
from ..fork import in_each_process
from ..settings import (
    SECRET_BYTES,
    Fault,
    Settings,
    adapter_faults,
    checked,
    client_faults,
    fault_of,
    key_faults,
    values_of,
)
from ..tokens.keys import KeySet, UnusableKey, parse_jwt_key
from ..web.request import Request
from ..web.response import Response
from ..web.urls import loginrocket_link
from .api_tokens import ASK_SECONDS, ApiTokens, redeemed_by, too_late
from .driver import adrive, drive, wait
from .known_secrets import is_known
from .sessions import Sessions
from .stores import WAIT_SECONDS, FixedKeys, KeyStore, Revocations

if TYPE_CHECKING:
    from ..cache.region import Region
    from ..core.credentials import KeysAtHand
    from ..resources.claims import Identity
    from .sessions import Fetch

log = logging.getLogger("arware")

Clock = Callable[[], float]

#: A visitor waits for the check of a session or an API token, so it has less time than
#: other calls.
SESSION_LIMITS = Limits(connect=2.0, read=3.0, total=5.0, retries=0)


def settings_for_adapter(
    settings: Settings | None, overrides: Mapping[str, Any]
) -> tuple[Settings, KeySet | None]:
    """
    Return the settings of a adapter and its configured key, if it has one.

    Without *settings* the environment is read; *overrides* win. Raises
    :class:`~arware.errors.ConfigurationError` with everything that is wrong or
    missing, all at once.
    """
    values = values_of(settings, overrides)
    faults = [*adapter_faults(values), *_cache_faults(values.get("cache"))]
    keys = None
    key = values.get("jwt_key")
    if isinstance(key, str) and key.strip():
        if is_known(key):
            faults.append(
                fault_of(
                    "jwt_key",
                    "it stands in public lists of secrets, so it can be guessed",
                    "Give the realm a new JWT key in AuthRocket, and copy that",
                )
            )
        try:
            keys = parse_jwt_key(key)
        except UnusableKey as problem:
            faults.append(_key_fault(problem))
    return checked(values, faults), keys


def _cache_faults(cache: Any) -> tuple[Fault, ...]:
    """Return what is wrong with *cache*; nothing is connected to find out."""
    try:
        guarded(cache, ("0" * SECRET_BYTES,))
    except ConfigurationError as error:
        return error.faults
    return ()


def _key_fault(problem: UnusableKey) -> Fault:
    return fault_of(
        "jwt_key",
        str(problem),
        "Copy the realm's whole public key from AuthRocket, "
        "an RSA key of 2048 bits or more",
    )


class Authenticator:
    """
    What every adapter is given: it lives as long as the application.

    *by_view* is for adapters whose views have a say in whether a login is required.
    *clock* returns seconds since the epoch.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        overrides: Mapping[str, Any] | None = None,
        *,
        clock: Clock = time.time,
        by_view: bool = False,
    ) -> None:
        self.settings, configured = settings_for_adapter(settings, overrides or {})
        self.clock = clock
        if any(is_known(secret) for secret in self.settings.cookie_secret):
            log.warning(
                "cookie_secret stands in public lists of secrets, so anybody can make "
                "logins: make one with `arware secret`"
            )
        self._keys = _keys_at_hand(self.settings, configured, clock)
        region = guarded(self.settings.cache, self.settings.cookie_secret)
        self._revocations = Revocations(region, clock)
        self._sessions = _sessions(self.settings, region, clock)
        self.answers = StoreAnswers(
            self._keys,
            self._revocations,
            self._sessions,
            _api_tokens(self.settings, clock),
        )
        self.flow = Flow(
            self.settings,
            self._keys,
            self._revocations,
            self._adrive,
            by_view=by_view,
            context=_context(self.settings),
        )
        if self._sessions is not None and self.settings.local_realm is not None:
            self.settings.local_realm.watch(self)

    def session_ended(self, session_id: str) -> None:
        """Hear from a realm in this process that it has ended a session."""
        if self._sessions is not None:
            self._sessions.forget(session_id, self.settings.local_realm.id)
        self.flow.session_ended(session_id)

    def enter(self, request: Request, outer: object) -> Auth | Response:
        """Decide about *request*, downloading keys if effect be."""
        now = self.clock()
        auth = self.flow.glance(request, now, outer)
        if auth is not None:
            return auth
        return drive(self.flow.enter(request, now, outer), self.answers)

    async def aenter(self, request: Request, outer: object) -> Auth | Response:
        """
        Do what :meth:`enter` does, without blocking the event loop.

        The flow's glance is left to the adapter: it costs less than a coroutine.
        """
        steps = self.flow.enter(request, self.clock(), outer)
        return await adrive(steps, self.answers)

    async def aenter_websocket(self, request: Request, outer: object) -> Auth | None:
        """Decide about a websocket's handshake; ``None`` refuses it."""
        steps = self.flow.enter_websocket(request, self.clock(), outer)
        return await adrive(steps, self.answers)

    async def _adrive(self, steps: Steps[Verdict]) -> Verdict:
        return await adrive(steps, self.answers)


def _context(settings: Settings) -> Context | None:
    """
    Return where the calls of the adapter's own objects go.

    ``None``, for a adapter without the API's settings, is the default client.
    """
    if client_faults({"url": settings.url, "api_key": settings.api_key}):
        return None
    return Context(LazyClient(settings))


def _keys_at_hand(
    settings: Settings, configured: KeySet | None, clock: Clock
) -> KeysAtHand:
    """Return where keys come from: the configured one first."""
    if configured is not None:
        return FixedKeys(configured)
    if settings.local_realm is not None:
        return RealmKeys(settings.local_realm)
    base = settings.loginrocket_url or ""
    return KeyStore(loginrocket_link(base, "connect/jwks", {}), clock)


class StoreAnswers:
    """Answer needs out of the stores; what may block goes to threads of our own."""

    def __init__(
        self,
        keys: KeysAtHand,
        revocations: Revocations | None = None,
        sessions: Sessions | None = None,
        api_tokens: ApiTokens | None = None,
    ) -> None:
        self._keys = keys
        self._sessions = sessions
        self._api_tokens = api_tokens
        self._revocations = revocations
        in_each_process(self._begin_anew)

    def _begin_anew(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def answer(self, effect: Effect) -> Any:
        """Return the answer; it may block."""
        if isinstance(effect, NeedKeys):
            seconds, otherwise = self.timeout_of(effect)
            return wait(self._ask_keys(effect), seconds, otherwise)
        if isinstance(effect, NeedSession):
            unknown = SessionState(None, effect.now)
            return unknown if self._sessions is None else self._sessions.ask(effect)
        if isinstance(effect, NeedApiToken):
            return self._known_api_tokens().ask(effect)
        if self._revocations is None:
            return False
        if isinstance(effect, NeedRevocation):
            return self._revocations.ask(effect)
        return self._revocations.tell(effect)

    def begin(self, effect: Effect) -> Future[Any]:
        """Return the future of the answer at once; other threads work on it."""
        if isinstance(effect, NeedKeys):
            return self._ask_keys(effect)
        if isinstance(effect, NeedApiToken):
            return self._known_api_tokens().begin(effect)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(4, thread_name_prefix="arware")
        return self._pool.submit(self.answer, effect)

    def timeout_of(self, effect: Effect) -> tuple[float, Any]:
        """
        Return how long to wait at most, in seconds, and the answer after that.

        An exception in the answer's place is raised in the steps.
        """
        if isinstance(effect, NeedKeys):
            return WAIT_SECONDS, self._keys.peek(effect.now)
        if isinstance(effect, NeedSession):
            return 30.0, SessionState(None, effect.now)
        if isinstance(effect, NeedApiToken):
            return ASK_SECONDS, too_late()
        return 2.0, False

    def _known_api_tokens(self) -> ApiTokens:
        if self._api_tokens is None:
            raise Error("there is nobody to ask about API tokens")
        return self._api_tokens

    def _ask_keys(self, effect: NeedKeys) -> Future[KeySet | None]:
        if isinstance(self._keys, KeyStore):
            return self._keys.ask(effect)
        done: Future[KeySet | None] = Future()
        done.set_result(self._keys.peek(effect.now))
        return done


class RealmKeys:
    """The keys of a realm in this very process; no network is needed."""

    by_kid = True

    def __init__(self, realm: Any) -> None:
        self._realm = realm

    def peek(self, now: float) -> KeySet | None:  # noqa: ARG002 - always up to date
        """Return the realm's key set, the same object while its keys are the same."""
        keys: KeySet | None = self._realm.key_set()
        return keys


def _sessions(settings: Settings, region: Region, clock: Clock) -> Sessions | None:
    if not settings.check_session:
        return None
    realm = settings.local_realm
    fetch: Fetch
    if realm is not None:
        fetch = realm.is_session_active
    else:
        client = LazyClient(settings, SESSION_LIMITS)

        def fetch(sid: str) -> bool:
            found = client.sessions.retrieve(sid)
            # An answer that names no session, as one with errors, proves nothing.
            if found is not None and found.id != sid:
                message = "the API's answer is not the session that was asked for"
                raise Error(message)
            return found is not None

    return Sessions(region, fetch, (settings.url or "", settings.realm or ""), clock)


def _api_tokens(settings: Settings, clock: Clock) -> ApiTokens | None:
    realm = settings.local_realm
    if realm is not None:

        def redeem(text: str) -> str | None:
            redeemed: str | None = realm.redeem_api_token(text)
            return redeemed

        return ApiTokens(redeem, clock)
    if settings.api_key and settings.url:
        client = LazyClient(settings, SESSION_LIMITS)
        return ApiTokens(redeemed_by(client, clock), clock)
    return None


# --- Tokens without a adapter ---------------------------------------------------------


class _Verifier:
    """Verify tokens for :func:`verify_token`, remembering keys and verdicts."""

    def __init__(self, settings: Settings, configured: KeySet | None) -> None:
        keys = _keys_at_hand(settings, configured, time.time)
        self._answers = StoreAnswers(keys)
        self._credentials = Credentials(settings, keys, Revocations(None, time.time))

    def verify(self, token: str, within: float | None, algo: str | None) -> Identity:
        steps = self._credentials.token(token, time.time(), within, algo)
        return drive(steps, self._answers).identity


_verifiers: LRU[tuple[Any, ...], _Verifier] = LRU(64)


def verify_token(
    settings: Settings,
    token: str | None,
    *,
    within: float | None = None,
    algo: str | None = None,
) -> Identity | None:
    """
    Return whom *token* names, ``None`` if it is not good.

    *within* is the greatest age in seconds by ``iat``, *algo* ``RS256`` or ``HS256`` to
    accept only that. Keys are kept by the process, so calling it often is cheap. Raises
    :class:`~arware.errors.ConfigurationError` if neither ``jwt_key`` nor
    ``loginrocket_url`` is set, :class:`~arware.errors.KeysUnavailable` if the key set
    cannot be had: then nothing is known about the token.
    """
    name = (
        settings.loginrocket_url,
        settings.jwt_key,
        settings.issuer,
        settings.realm,
        id(settings.local_realm),
    )
    verifier = _verifiers.get(name)
    if verifier is None:
        if not (settings.jwt_key or settings.loginrocket_url or settings.local_realm):
            raise ConfigurationError(key_faults({}))
        verifier = _Verifier(settings, _configured_key(settings.jwt_key))
        _verifiers.put(name, verifier)
    try:
        return verifier.verify(token or "", within, algo)
    except TokenError:
        return None


def _configured_key(text: str | None) -> KeySet | None:
    if text is None:
        return None
    try:
        return parse_jwt_key(text)
    except UnusableKey as problem:
        raise ConfigurationError([_key_fault(problem)]) from None
