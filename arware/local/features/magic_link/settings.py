"""Settings ``magic_link.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.settings.values import read_number

#: How many minutes a link is good at least: as long as the longest wait for the next.
LEAST_MINUTES = 15


@dataclass(frozen=True, kw_only=True)
class MagicLink:
    """Whether people may log in by mail, and for how long a mail is good (RQ-K6)."""

    #: Whether people may log in by a link, or a code, that is mailed to them.
    enabled: bool = False
    #: For how many minutes the link is good.
    minutes: Annotated[int, read_number(LEAST_MINUTES, 60)] = LEAST_MINUTES
    #: For how many minutes the code is good; ten at most (ASVS 5.0 6.5.5).
    code_minutes: Annotated[int, read_number(1, 10)] = 10
