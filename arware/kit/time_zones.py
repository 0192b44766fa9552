"""Time zones to choose from: those that people have, and no other names of them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from arware.runtime.time_zones import find_zone

__all__ = ["find_zone", "time_zone_names"]


@cache
def time_zone_names() -> tuple[str, ...]:
    """
    Return the names of the IANA database that stand for places, and ``UTC``.

    All others that :func:`find_zone` knows are older names of the same, or no place.
    """
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line[:1] != "#")
    return ("UTC", *sorted(row[2] for row in rows))
