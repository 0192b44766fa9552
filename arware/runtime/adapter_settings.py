"""The settings of an adapter, with all that only the edge can find wrong with them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from arware.cache import guarded
from arware.errors import ConfigurationError
from arware.settings import (
    SECRET_BYTES,
    Settings,
    adapter_faults,
    checked,
    fault_of,
    values_of,
)
from arware.settings.values import InvalidValue, is_blank, read_function
from arware.tokens.keys import KeySet, UnusableKey, parse_jwt_key
from arware.web.urls import loginrocket_link

from .key_store import FixedKeys, Keys, KeyStore, RealmKeys, download_keys, trust
from .known_secrets import is_known

if TYPE_CHECKING:
    from arware.settings import Fault

log = logging.getLogger("arware")


def adapter_settings(
    settings: Settings | None, overrides: Mapping[str, Any]
) -> tuple[Settings, KeySet | None]:
    """
    Return the settings of an adapter and its configured key, if it has one.

    Without *settings* the environment is read; *overrides* win. Raises
    :class:`~arware.errors.ConfigurationError` with everything that is wrong or
    missing, all at once.
    """
    values = values_of(settings, overrides)
    keys, key_faults = configured_key(values.get("jwt_key"))
    values["render"], render_faults = _named_function(values.get("render"))
    edge_faults = [
        *_cache_faults(values.get("cache")),
        *ca_faults(values.get("ca_bundle")),
        *key_faults,
        *render_faults,
    ]
    made = checked(values, [*adapter_faults(values), *edge_faults])
    if any(map(is_known, made.cookie_secret)):
        log.warning(
            "cookie_secret is in public lists of secrets, so it protects nothing: make "
            "another with `arware secret`"
        )
    return made, keys


def configured_key(text: Any) -> tuple[KeySet | None, list[Fault]]:
    """Return the key that *text*, a ``jwt_key``, holds, and what is wrong with it."""
    if not isinstance(text, str) or not text.strip():
        return None, []
    if is_known(text):
        problem = "it is in public lists of secrets, so it can be guessed"
        fix = "Give the realm a new JWT key in AuthRocket, and copy that"
        return None, [fault_of("jwt_key", problem, fix)]
    try:
        return parse_jwt_key(text), []
    except UnusableKey as problem:
        fix = (
            "Copy the realm's whole public key from AuthRocket, an RSA key of 2048 "
            "bits or more"
        )
        return None, [fault_of("jwt_key", str(problem), fix)]


def _named_function(value: Any) -> tuple[Any, list[Fault]]:
    """Return the function that *value* names, if it is a name, and what is wrong."""
    try:
        name = read_function(value)
    except InvalidValue:
        return value, []  # reading all settings tells of it
    if not isinstance(name, str):
        return value, []
    from pkgutil import resolve_name

    try:
        found = resolve_name(name)
    except (ImportError, AttributeError) as error:
        problem = f"it cannot be imported: {error}"
    else:
        if callable(found):
            return found, []
        problem = f"{name} is {type(found).__name__}, which cannot be called"
    fix = "Write module:function, as in myapp.views:draw"
    return None, [fault_of("render", problem, fix)]


def keys_of(settings: Settings, configured: KeySet | None) -> Keys:
    """Return where the keys of *settings* come from: the configured one first."""
    if configured is not None:
        return FixedKeys(configured)
    if settings.local_realm is not None:
        return RealmKeys(settings.local_realm)
    url = loginrocket_link(settings.loginrocket_url or "", "connect/jwks", {})
    return KeyStore(url, partial(download_keys, ca_bundle=settings.ca_bundle))


# A system's certificates take 30 ms to read, each time that an adapter is made.
_read_certificates = lru_cache(8)(trust)


def ca_faults(ca_bundle: Any) -> list[Fault]:
    """Return the fault that no certificates can be read from *ca_bundle*."""
    if is_blank(ca_bundle):
        return []
    text = str(ca_bundle).strip()
    try:
        _read_certificates(text)
    except (OSError, ValueError):
        # What was pasted may be a private key.
        place = "it" if "-----BEGIN" in text else text
        problem = f"no certificates can be read from {place}"
        fix = "Name a PEM file, or a folder, with the certificates of the authority"
        return [fault_of("ca_bundle", problem, fix)]
    return []


def _cache_faults(cache: Any) -> tuple[Fault, ...]:
    """Return what is wrong with *cache*; nothing is connected to find out."""
    try:
        guarded(cache, ("0" * SECRET_BYTES,))
    except ConfigurationError as error:
        return error.faults
    return ()
