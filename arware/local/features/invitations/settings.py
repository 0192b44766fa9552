"""Settings ``invitations.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.settings.values import read_number


@dataclass(frozen=True, kw_only=True)
class Invitations:
    """For how many days an invitation is good (RQ-K6)."""

    #: For how many days an invitation is good.
    days: Annotated[int, read_number(1, 30)] = 7
