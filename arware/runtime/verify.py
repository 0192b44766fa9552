"""The verification of tokens without an adapter."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from arware.core.effects import NeedKeys
from arware.core.lru import LRU
from arware.core.verifier import Verifier
from arware.errors import ConfigurationError, TokenError
from arware.settings import key_faults

from .adapter_settings import configured_key, keys_of
from .driver import run
from .handlers import Handlers, KeyHandler

if TYPE_CHECKING:
    from arware.resources.claims import Identity
    from arware.settings import Settings

_verifiers: LRU[tuple[Any, ...], tuple[Verifier, Handlers]] = LRU(64)


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
    verifier, handlers = _verifier(settings)
    try:
        steps = verifier.verify(token or "", time.time(), within, algo)
        return run(steps, handlers).identity
    except TokenError:
        return None


def _verifier(settings: Settings) -> tuple[Verifier, Handlers]:
    name = (
        settings.loginrocket_url,
        settings.jwt_key,
        settings.issuer,
        settings.realm,
        settings.leeway,
        settings.ca_bundle,
        id(settings.local_realm),
    )
    made = _verifiers.get(name)
    if made is None:
        if not (settings.jwt_key or settings.loginrocket_url or settings.local_realm):
            raise ConfigurationError(key_faults({}))
        configured, faults = configured_key(settings.jwt_key)
        if faults:
            raise ConfigurationError(faults)
        keys = keys_of(settings, configured)
        made = Verifier(settings, keys), {NeedKeys: KeyHandler(keys)}
        _verifiers.put(name, made)
    return made
