"""
The default client, which the methods of the classes use.

Its settings are those of :func:`configure`, or of Pyramid's ini file; else the
environment's at first use.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from arware.fork import PerProcess

if TYPE_CHECKING:
    from arware.settings import Settings

    from .client import DefaultClient

_lock = PerProcess(threading.Lock)


class _Default:
    client: DefaultClient | None = None
    #: What the client will be made of at its first use.
    settings: Settings | None = None


def configure(settings: Settings | None = None, **overrides: Any) -> None:
    """
    Set the settings of the default client, which the class methods use.

    Without *settings* the environment is read; *overrides* win over both, and may hold
    the *limits* of :class:`~arware.Client`. Raises
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
    """Return the default client, made from the environment unless it was configured."""
    client = _Default.client
    if client is None:
        from .client import DefaultClient

        with _lock.get():
            client = _Default.client
            if client is None:
                client = _Default.client = DefaultClient(_Default.settings)
    return client
