"""Settings ``confirm.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from arware.settings.values import read_number


@dataclass(frozen=True, kw_only=True)
class Confirm:
    """Who has to confirm an address, and for how many minutes a link is good."""

    mode: Literal["off", "soft", "required"] = "off"
    minutes: Annotated[int, read_number(5, 7 * 24 * 60)] = 24 * 60
