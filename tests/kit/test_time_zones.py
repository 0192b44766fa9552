"""Time zones, as other systems call them."""

from __future__ import annotations

import pytest

from arware.kit.time_zones import time_zone_called


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Europe/Paris", "Europe/Paris"),
        ("US/Eastern", "US/Eastern"),
        ("Eastern Time (US & Canada)", "America/New_York"),
        ("Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("Paris", "Europe/Paris"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("UTC", "UTC"),
        ("Atlantis", None),
        ("Europe", None),
        ("../Paris", None),
        ("", None),
    ],
)
def test_ak_m03_a_zone_is_known_by_what_rails_calls_it(
    text: str, name: str | None
) -> None:
    """AK-D05: Authkit stored such names; what is none is none."""
    assert time_zone_called(text) == name
