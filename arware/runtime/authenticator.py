"""The authenticator: from settings to a flow, and to what handles its effects."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from arware.auth import Auth
from arware.cache import guarded, probe
from arware.core.effects import NeedKeys, NeedRevocation, Steps
from arware.core.flow import Flow
from arware.settings import Settings, client_faults
from arware.web.response import Response

from .adapter_settings import adapter_settings, keys_of
from .driver import arun, run
from .handlers import Handlers, HeldKeys, KeyHandler, RevocationHandler
from .revocations import Revocations
from .time_zones import find_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from arware.api.calls import Context
    from arware.bridge.pages import MountedRealm
    from arware.cache import Region
    from arware.core.verdict import Verdict
    from arware.web.request import Request

log = logging.getLogger("arware")


class Authenticator:
    """
    What every adapter is given: it lives as long as the application.

    Without *settings* the environment is read; *overrides* win. *by_view* is for
    adapters whose views have a say in whether a login is required. *clock* returns
    seconds since the epoch. Raises :class:`~arware.errors.ConfigurationError` with
    everything that is wrong or missing, all at once.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        overrides: Mapping[str, Any] | None = None,
        *,
        clock: Callable[[], float] = time.time,
        by_view: bool = False,
    ) -> None:
        self.settings, configured = adapter_settings(settings, overrides or {})
        self.clock = clock
        region = _region(self.settings)
        #: Where the keys come from.
        self.keys = keys_of(self.settings, configured)
        revocations = Revocations(region, self.now)
        self.flow = Flow(
            self.settings,
            self.keys,
            revocations,
            self,
            by_view=by_view,
            context=_context(self.settings),
            mounted=_mounted(self.settings),
        )
        #: What is asked, by the type of effect.
        self.handlers: Handlers = {
            NeedKeys: KeyHandler(self.keys),
            NeedRevocation: RevocationHandler(revocations),
        }
        if self.settings.local_realm is not None or self.settings.api_key:
            # Here, so that who asks nobody does not wait for the client's imports.
            from .services import service_handlers

            self.handlers |= service_handlers(self.settings, region, self.now)
        if self.settings.local_realm is not None:
            self.settings.local_realm.watch(self)

    def now(self) -> float:
        """Return the time, as everything here sees it."""
        return self.clock()

    def process_request(self, request: Request, outer: object) -> Auth | Response:
        """Decide about *request*, downloading keys if need be."""
        outcome = self.flow.process_request(request, self.clock(), outer)
        if isinstance(outcome, (Auth, Response)):
            return outcome
        return run(outcome, self.handlers)

    def begin_request(
        self, request: Request, outer: object
    ) -> Auth | Response | Steps[Auth | Response]:
        """
        Decide about *request*, if that can be done without blocking.

        Else the steps that are still to be taken are returned, for :meth:`finish`:
        a coroutine costs more than nearly every decision.
        """
        return self.flow.process_request(request, self.clock(), outer)

    async def process_websocket(self, request: Request, outer: object) -> Auth | None:
        """Decide about a websocket's handshake; ``None`` refuses it."""
        steps = self.flow.process_websocket(request, self.clock(), outer)
        return await arun(steps, self.handlers)

    async def finish(self, outcome: Any) -> Any:
        """Return *outcome*, or what its steps lead to, without blocking the loop."""
        if isinstance(outcome, (Auth, Response)):
            return outcome
        return await arun(outcome, self.handlers)

    def log_in(self, steps: Steps[Verdict]) -> Verdict:
        """Return what the *steps* of a login lead to, without downloading keys."""
        return run(steps, self.handlers | {NeedKeys: HeldKeys()})

    def find_zone(self, name: str) -> ZoneInfo | None:
        """Return the time zone *name*, ``None`` if there is none."""
        return find_zone(name)

    def ended(
        self, *, session_id: str | None = None, user_id: str | None = None
    ) -> None:
        """Hear from a realm in this process that logins of it are over."""
        # First: who joins a question that is under way has asked before this ending.
        for handler in self.handlers.values():
            handler.forget()
        self.flow.ended(sid=session_id, user_id=user_id)


def _region(settings: Settings) -> Region:
    """Return where what processes share is kept, signed with a secret they share."""
    secrets = settings.cookie_secret or (settings.api_key or "",)
    region = guarded(settings.cache, secrets)
    problem = probe(region) if region.shared else None
    if problem is not None:
        log.warning("the cache does not work: %s", problem)
    return region


def _mounted(settings: Settings) -> MountedRealm | None:
    """Return the realm whose pages are served here, if one is."""
    if settings.realm_path is None:
        return None
    from arware.bridge.pages import MountedRealm

    return MountedRealm(settings.local_realm)


def _context(settings: Settings) -> Context | None:
    """
    Return where the calls of the adapter's own objects go.

    ``None``, for an adapter without the API's settings, is the default client.
    """
    if client_faults({"url": settings.url, "api_key": settings.api_key}):
        return None
    from arware.api.calls import Context
    from arware.api.lazy import LazyClient

    return Context(LazyClient(settings))
