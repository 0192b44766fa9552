"""Settings ``trusted_browsers.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.settings.values import read_number


@dataclass(frozen=True, slots=True)
class TrustedBrowsers:
    """``realm.trusted_browsers.*``."""

    #: For how many days a second factor is not asked for in a browser that somebody
    #: trusts; 0 is never.
    days: Annotated[int, read_number(0, 90)] = 0
