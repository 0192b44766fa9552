"""The guard: from settings to a gate, the stores behind it, and the driver between."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from .api.calls import Context
from .api.exchange import Limits
from .api.lazy import LazyClient
from .api_tokens import ASK_SECONDS, ApiTokens, redeemed_by, too_late
from .drive import adrive, drive, wait
from .errors import ConfigurationError, Error, Fault, TokenError
from .forks import in_each_process
from .forms import SECRET_BYTES
from .gate import Gate
from .judge import Judge
from .keys import KeySet, UnusableKey, parse_jwt_key
from .known_secrets import is_known
from .needs import (
    Flow,
    Need,
    NeedApiToken,
    NeedKeys,
    NeedRevocation,
    NeedSession,
    SessionState,
)
from .recent import Recent
from .regions import guarded
from .replies import Reply
from .request import Request
from .sessions import Sessions
from .settings import (
    Settings,
    checked,
    client_faults,
    door_faults,
    fault_of,
    key_faults,
    values_of,
)
from .stores import WAIT_SECONDS, FixedKeys, KeyStore, Revocations
from .urls import loginrocket_link
from .visit import Verdict, Visit

if TYPE_CHECKING:
    from .judge import KeysAtHand
    from .regions import Region
    from .resources.claims import Identity
    from .sessions import Fetch

log = logging.getLogger("arware")

Clock = Callable[[], float]

#: A visitor waits for the check of a session or an API token, so it has less time than
#: other calls.
SESSION_LIMITS = Limits(connect=2.0, read=3.0, total=5.0, retries=0)


def settings_for_door(
    settings: Settings | None, overrides: Mapping[str, Any]
) -> tuple[Settings, KeySet | None]:
    """
    Return the settings of a door and its configured key, if it has one.

    Without *settings* the environment is read; *overrides* win. Raises
    :class:`~arware.errors.ConfigurationError` with everything that is wrong or
    missing, all at once.
    """
    values = values_of(settings, overrides)
    faults = [*door_faults(values), *_cache_faults(values.get("cache"))]
    keys = None
    key = values.get("jwt_key")
    if isinstance(key, str) and key.strip():
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


class Guard:
    """
    What every door is given: it lives as long as the application.

    *by_view* is for doors whose views have a say in whether a login is required.
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
        self.settings, configured = settings_for_door(settings, overrides or {})
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
        self.gate = Gate(
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
        self.gate.session_ended(session_id)

    def enter(self, request: Request, outer: object) -> Visit | Reply:
        """Decide about *request*, downloading keys if need be."""
        now = self.clock()
        visit = self.gate.glance(request, now, outer)
        if visit is not None:
            return visit
        return drive(self.gate.enter(request, now, outer), self.answers)

    async def aenter(self, request: Request, outer: object) -> Visit | Reply:
        """
        Do what :meth:`enter` does, without blocking the event loop.

        The gate's glance is left to the door: it costs less than a coroutine.
        """
        flow = self.gate.enter(request, self.clock(), outer)
        return await adrive(flow, self.answers)

    async def aenter_websocket(self, request: Request, outer: object) -> Visit | None:
        """Decide about a websocket's handshake; ``None`` refuses it."""
        flow = self.gate.enter_websocket(request, self.clock(), outer)
        return await adrive(flow, self.answers)

    async def _adrive(self, flow: Flow[Verdict]) -> Verdict:
        return await adrive(flow, self.answers)


def _context(settings: Settings) -> Context | None:
    """
    Return where the calls of the door's own objects go.

    ``None``, for a door without the API's settings, is the default client.
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

    def answer(self, need: Need) -> Any:
        """Return the answer; it may block."""
        if isinstance(need, NeedKeys):
            seconds, otherwise = self.timeout_of(need)
            return wait(self._ask_keys(need), seconds, otherwise)
        if isinstance(need, NeedSession):
            unknown = SessionState(None, need.now)
            return unknown if self._sessions is None else self._sessions.ask(need)
        if isinstance(need, NeedApiToken):
            return self._known_api_tokens().ask(need)
        if self._revocations is None:
            return False
        if isinstance(need, NeedRevocation):
            return self._revocations.ask(need)
        return self._revocations.tell(need)

    def begin(self, need: Need) -> Future[Any]:
        """Return the future of the answer at once; other threads work on it."""
        if isinstance(need, NeedKeys):
            return self._ask_keys(need)
        if isinstance(need, NeedApiToken):
            return self._known_api_tokens().begin(need)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(4, thread_name_prefix="arware")
        return self._pool.submit(self.answer, need)

    def timeout_of(self, need: Need) -> tuple[float, Any]:
        """
        Return how long to wait at most, in seconds, and the answer after that.

        An exception in the answer's place is raised in the flow.
        """
        if isinstance(need, NeedKeys):
            return WAIT_SECONDS, self._keys.peek(need.now)
        if isinstance(need, NeedSession):
            return 30.0, SessionState(None, need.now)
        if isinstance(need, NeedApiToken):
            return ASK_SECONDS, too_late()
        return 2.0, False

    def _known_api_tokens(self) -> ApiTokens:
        if self._api_tokens is None:
            raise Error("there is nobody to ask about API tokens")
        return self._api_tokens

    def _ask_keys(self, need: NeedKeys) -> Future[KeySet | None]:
        if isinstance(self._keys, KeyStore):
            return self._keys.ask(need)
        done: Future[KeySet | None] = Future()
        done.set_result(self._keys.peek(need.now))
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
    if settings.check_session is None:
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


# --- Tokens without a door ---------------------------------------------------------


class _Verifier:
    """Verify tokens for :func:`verify_token`, remembering keys and verdicts."""

    def __init__(self, settings: Settings, configured: KeySet | None) -> None:
        keys = _keys_at_hand(settings, configured, time.time)
        self._answers = StoreAnswers(keys)
        self._judge = Judge(settings, keys, Revocations(None, time.time))

    def verify(self, token: str, within: float | None, algo: str | None) -> Identity:
        flow = self._judge.token(token, time.time(), within, algo)
        return drive(flow, self._answers).identity


_verifiers: Recent[tuple[Any, ...], _Verifier] = Recent(64)


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
