"""Settings ``impersonate.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.settings.values import read_number


@dataclass(frozen=True, kw_only=True)
class Impersonate:
    """For how many minutes an operator may use somebody else's account."""

    #: For how many minutes an operator may use somebody's account, at most 60.
    minutes: Annotated[int, read_number(1, 60)] = 60
