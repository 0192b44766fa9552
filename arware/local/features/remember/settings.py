"""Settings ``remember.*``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from arware.kit.settings import preset
from arware.settings.values import read_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    """``realm.remember.*``. Browsers keep no cookie for more than 400 days."""

    #: For how many days somebody who wants to be remembered stays logged in.
    days: Annotated[int, read_number(1, 400), preset(authkit=400)] = 30
    #: For how many days without coming back.
    idle_days: Annotated[int, read_number(1, 400), preset(authkit=400)] = 14
    #: Whether the box is ticked before somebody touches it.
    ticked: Annotated[bool, preset(authkit=True)] = False
