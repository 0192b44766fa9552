"""Settings ``confirm.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from arware.kit.settings import preset
from arware.settings.values import read_number

from ...tries import LEAST_MINUTES


@dataclass(frozen=True, kw_only=True)
class Confirm:
    """Who has to confirm an address, and for how many minutes a link is good."""

    #: ``off``: who wants to. ``soft``: new users get a mail. ``required``: nobody logs
    #: in before.
    mode: Literal["off", "soft", "required"] = "off"
    #: For how many minutes the link is good.
    minutes: Annotated[
        int, read_number(LEAST_MINUTES, 7 * 24 * 60), preset(authkit=3 * 24 * 60)
    ] = 24 * 60
