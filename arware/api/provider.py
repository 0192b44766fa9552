"""
The default client, and what puts it and the verification of tokens into resources.

The settings are those of :func:`configure`, or of Pyramid's ini file; else the
environment's at first use.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from arware.fork import PerProcess
from arware.settings import checked, key_faults, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from arware.resources.claims import Identity
    from arware.settings import Settings

    from .calls import Sender
    from .client import DefaultClient

_lock = PerProcess(threading.Lock)


class _Default:
    client: DefaultClient | None = None
    #: What the client is made of that nobody has needed yet.
    settings: Settings | None = None


def configure(settings: Settings | None = None, **overrides: Any) -> None:
    """
    Set the settings of the default client, which the class methods use.

    Without *settings* the environment is read; *overrides* win over both, and may hold
    the *limits* and the *ca_bundle* of :class:`~arware.Client`. Raises
    :class:`~arware.errors.ConfigurationError` for values that cannot work. Objects
    that a former default client made stay with it.
    """
    from .client import DefaultClient

    _replace(DefaultClient(settings, **overrides))


def offer(settings: Settings) -> None:
    """
    Have the default client use *settings*, an application's own, that were checked.

    If they name no API, a default client that there is already stays.
    """
    is_free = _Default.client is None and _Default.settings is None
    if is_free or (settings.url and settings.api_key):
        _replace(None, settings)


def forget() -> None:
    """Forget the default client, so that the next use reads the environment again."""
    _replace(None)


def _replace(client: DefaultClient | None, settings: Settings | None = None) -> None:
    with _lock.get():
        former, _Default.client = _Default.client, client
        _Default.settings = settings
    if former is not None:
        former.close()


def default_client() -> DefaultClient:
    """Return the default client, made from the environment if nobody configured it."""
    client = _Default.client
    if client is None:
        from .client import DefaultClient

        with _lock.get():
            client = _Default.client
            if client is None:
                client = _Default.client = DefaultClient(_Default.settings)
    return client


class DefaultProvider:
    """What the package puts into the resources' seat."""

    def client(self) -> Sender:
        """Return the default client."""
        return default_client()

    def verify(
        self,
        token: str | None,
        *,
        within: float | None = None,
        algo: str | None = None,
        credentials: Mapping[str, Any] | None = None,
        settings: Settings | None = None,
    ) -> Identity | None:
        """
        Return whom *token* names, or ``None`` if it is not to be believed.

        *settings* are a client's own, else the default client's. A ``jwt_key`` or a
        ``loginrocket_url`` among the *credentials* replaces all of their keys and
        their realm; without one only a ``realm`` is another.
        """
        from arware.runtime.authenticator import verify_token

        settings = settings or default_client().settings
        if credentials is not None:
            names = ("jwt_key", "loginrocket_url", "realm", "local_realm")
            given = {name: credentials.get(name) for name in names}
            if key_faults(credentials):  # they name no key
                given = {name: value for name, value in given.items() if value}
            settings = checked(values_of(settings, given))
        text = token if isinstance(token, str) else ""
        return verify_token(settings, text, within=within, algo=algo)
