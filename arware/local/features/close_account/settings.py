"""Settings ``close_account.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.settings.values import read_number


@dataclass(frozen=True, kw_only=True)
class CloseAccount:
    """How long somebody may come back."""

    #: After so many days a closed account is deleted; GDPR 12.3 gives a month.
    days: Annotated[int, read_number(1, 30)] = 14
