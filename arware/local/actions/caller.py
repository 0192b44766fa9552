"""Who asks for an action, as far as the network tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """A client's address and what it calls itself, both fit for storing."""

    ip: str = ""
    client: str = ""
