"""
Effects: what the core may need to know, and cannot find out itself.

Two that differ only in the second when they arose are equal: one answer does for both.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NeedKeys:
    """
    The key set, asked because no key at hand is called *kid*.

    Answered with a :class:`~arware.tokens.keys.KeySet`, or ``None`` if none can be had.
    """

    kid: str
    now: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class NeedSession:
    """
    Whether a managed session still stands.

    Answered with :class:`SessionState`.
    """

    sid: str = field(repr=False)
    rid: str | None
    max_age: float
    now: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class SessionState:
    """*active* is ``None`` when nobody could tell; good until the second *until*."""

    active: bool | None
    until: float


@dataclass(frozen=True, slots=True)
class NeedRevocation:
    """Whether another process has revoked the login. Answered with a ``bool``."""

    login_id: str
    sid: str = field(repr=False)
    now: float = field(compare=False)


@dataclass(frozen=True, slots=True)
class NeedApiToken:
    """
    What the realm gives for an API token that *client*, an address, shows.

    Answered with a login token, ``None`` if the realm does not accept the API token.
    What cannot be found out is raised in the steps.
    """

    token: str = field(repr=False)
    client: str
    now: float = field(compare=False)


Effect = NeedKeys | NeedSession | NeedRevocation | NeedApiToken

#: A piece of the core's work: yields effects, is sent answers, returns its result.
Steps = Generator[Effect, Any, T]
