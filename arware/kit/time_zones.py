"""Time zones to choose from: those that people have, and no other names of them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from arware.runtime.time_zones import find_zone

__all__ = ["find_zone", "time_zone_called", "time_zone_names"]

#: What Authkit's form offered: Rails' names of the zones of the United States.
_OF_RAILS = {
    "Hawaii": "Pacific/Honolulu",
    "Alaska": "America/Anchorage",
    "Pacific Time (US & Canada)": "America/Los_Angeles",
    "Arizona": "America/Phoenix",
    "Mountain Time (US & Canada)": "America/Denver",
    "Central Time (US & Canada)": "America/Chicago",
    "Eastern Time (US & Canada)": "America/New_York",
    "Indiana (East)": "America/Indiana/Indianapolis",
}


@cache
def time_zone_names() -> tuple[str, ...]:
    """
    Return the names of the IANA database that stand for places, and ``UTC``.

    All others that :func:`find_zone` knows are older names of the same, or no place.
    """
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line[:1] != "#")
    return ("UTC", *sorted(row[2] for row in rows))


def time_zone_called(text: str) -> str | None:
    """
    Return the name of the zone that another system calls *text*, ``None`` for none.

    That is a name of the IANA database, one of Rails' for the United States, or, as
    Rails does elsewhere, a city that a zone is named after.
    """
    name = _OF_RAILS.get(text.strip(), text.strip())
    return name if name and find_zone(name) else _by_city().get(name)


@cache
def _by_city() -> dict[str, str]:
    cities = ((name.rpartition("/")[2], name) for name in time_zone_names())
    return {city.replace("_", " "): name for city, name in cities}
