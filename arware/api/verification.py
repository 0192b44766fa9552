"""Login tokens as a client verifies them, with the keys of its settings or a call."""

from __future__ import annotations

from datetime import timedelta
from math import isnan
from typing import TYPE_CHECKING, Any

from arware.errors import BadOption, ConfigurationError
from arware.settings import Fault, checked, key_faults, values_of
from arware.settings.faults import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from arware.resources.claims import Identity
    from arware.settings import Settings

ALGORITHMS = ("RS256", "HS256")


def verify(
    settings: Settings,
    token: str | None,
    *,
    within: float | timedelta | None = None,
    algo: str | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> Identity | None:
    """
    Return whom *token* names, or ``None`` if it is not to be believed.

    A ``jwt_key`` or a ``loginrocket_url`` among the *credentials* replaces all of the
    settings' keys and their realm; without one only a ``realm`` is another. Raises
    :class:`~arware.errors.ConfigurationError` for options that no token can meet.
    """
    if credentials is not None:
        settings = _with_keys_of(credentials, settings)
    seconds = _seconds(within)
    _check_algorithm(algo, settings)
    text = token if isinstance(token, str) else ""
    return imported()(settings, text, within=seconds, algo=algo)


def imported() -> Callable[..., Identity | None]:
    """Return what verifies a token; it is imported late, for it builds on clients."""
    from arware.runtime.verify import verify_token

    return verify_token


def _with_keys_of(credentials: Mapping[str, Any], settings: Settings) -> Settings:
    names = ("jwt_key", "loginrocket_url", "realm", "local_realm")
    given = {name: credentials.get(name) for name in names}
    if key_faults(credentials):  # they name no key
        given = {name: value for name, value in given.items() if value}
    return checked(values_of(settings, given))


def _seconds(within: object) -> float | None:
    if isinstance(within, timedelta):
        return within.total_seconds()
    if within is None:
        return None
    if isinstance(within, bool) or not isinstance(within, int | float) or isnan(within):
        fix = "Give a number of seconds or a timedelta"
        raise BadOption([Fault("within", None, "it is not a length of time", fix)])
    return within


def _check_algorithm(algo: str | None, settings: Settings) -> None:
    if algo is not None and algo not in ALGORITHMS:
        fix = f"Use one of {', '.join(ALGORITHMS)}, or leave it out"
        raise BadOption(
            [Fault("algo", None, "it is not an algorithm that AuthRocket uses", fix)]
        )
    if algo == "HS256" and not settings.jwt_key:
        problem = "it is missing, and HS256 needs it: a key set holds RSA keys only"
        fix = "Set it to the realm's HS256 secret (jsk_...), or leave algo out"
        raise ConfigurationError([missing("jwt_key", fix, problem)])
