"""Settings ``tracking.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from arware.settings.values import read_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """``realm.tracking.*``."""

    #: What is noted: nothing (``off``), the logins of people (``logins``), or also the
    #: visits of browsers in which nobody is logged in (``visits``).
    mode: Literal["off", "logins", "visits"] = "logins"
    #: For how many days visits are kept that nobody has logged in after.
    days: Annotated[int, read_number(1, 400)] = 90
