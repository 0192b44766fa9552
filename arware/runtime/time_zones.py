"""Time zones by their names: they are files of the system, or of the package tzdata."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

#: As many names as are remembered; there are about 600.
NAMES = 1024
#: What systems keep beside the database: their own zone, and copies of all zones, some
#: of them with leap seconds.
_BESIDE = ("localtime", "posixrules", "posix/", "right/")


@lru_cache(NAMES)
def find_zone(name: str) -> ZoneInfo | None:
    """
    Return the zone *name* of the IANA database, ``None`` if there is none.

    A person may have chosen the name, so it may be anything; and what is not there is
    remembered too, so that nobody has files looked for again and again.
    """
    from zoneinfo import ZoneInfo

    if name.startswith(_BESIDE):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None  # no such zone, no such name, or a folder
