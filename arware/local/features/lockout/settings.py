"""Settings ``lockout.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.settings.values import read_number

from ...tries import LEAST_MINUTES, MOST_FAILURES


@dataclass(frozen=True, kw_only=True)
class Lockout:
    """When a password is locked, and for how long."""

    #: After so many wrong passwords in a row.
    failures: Annotated[int, read_number(5, MOST_FAILURES - 1)] = 20
    #: For so many minutes.
    minutes: Annotated[int, read_number(1, 24 * 60)] = 60
    #: For how many minutes the link that unlocks is good (RQ-K6).
    link_minutes: Annotated[int, read_number(LEAST_MINUTES, 24 * 60)] = 60
