"""Settings ``totp.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.settings.values import read_number


@dataclass(frozen=True, slots=True)
class Totp:
    """``realm.totp.*``."""

    #: How many codes before and after the present one are good, since clocks differ;
    #: 0 to 2 (RFC 6238 5.2 recommends one).
    window: Annotated[int, read_number(0, 2)] = 1
