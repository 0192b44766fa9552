"""Who asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .sessions import Visitor


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who asks for something, and when: the one context that flows are given.

    *ip* and *client* are what the network tells, both fit for storing, and empty for
    an operator or a program. *now* is one time, in seconds since the epoch, for all
    that happens in a request. *locale* is the language the answer will be in, *visitor*
    who is logged in, *device* the cookie of a browser in which somebody has logged in
    before: see :mod:`.device_cookies`.
    """

    ip: str
    client: str
    now: int
    locale: str = "en"
    visitor: Visitor | None = None
    device: str = field(default="", repr=False)

    @property
    def session_id(self) -> str | None:
        """The id of the session that the caller has, if any."""
        return None if self.visitor is None else self.visitor.session.id
