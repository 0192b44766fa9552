"""What the flow tells a adapter: our answer, or what the application's needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What a response of ours is, for adapters that add something of their framework's."""

    CALLBACK = "callback"
    LOGIN = "login"
    LOGOUT = "logout"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer of ours, given instead of the application's."""

    status: int
    # Cookies stand in the headers, a callback's URL in the confirm page.
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    kind: Kind = Kind.NOTICE


@dataclass(frozen=True, slots=True)
class Additions:
    """
    What an answer of the application's gets added.

    Headers whose lower-case names stand in *replaced* make room for *headers*; *raw*
    are the same as ASGI spells them.
    """

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    replaced: frozenset[str] = frozenset()
    raw: tuple[tuple[bytes, bytes], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        raw = tuple(
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in self.headers
        )
        object.__setattr__(self, "raw", raw)
