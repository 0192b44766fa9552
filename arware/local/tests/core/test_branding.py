"""Name, logo and color of a team on the pages."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from arware.errors import ConfigurationError
from arware.kit.colors import Color

from ...branding import DAY, NIGHT, Brand
from ..conftest import Make
from ..support import Browser

#: Six shades of each part, as the web-safe colors of old have.
SHADES = range(0, 256, 51)
COLORS = [Color(*parts) for parts in product(SHADES, repeat=3)]
PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.mark.parametrize(
    "color", [Color(*parts) for parts in product(SHADES, repeat=3)]
)
def test_text_can_be_read_whatever_the_color(color: Color) -> None:
    """In links, tags and buttons, on each ground, by day and by night (WCAG 1.4.3)."""
    found = re.findall(r"--([\w-]+): (#\w+);", Brand(color, None).style.decode())
    day, night = dict(found[:4]), dict(found[4:])
    for rule, grounds in ((day, DAY), (night, NIGHT)):
        accent, strong, on, tint = (Color.read(text) for text in rule.values())
        pairs = [(accent, one) for one in (*grounds, tint, on)] + [(strong, on)]
        assert min(one.contrast(other) for one, other in pairs) >= 4.5


def test_pages_have_the_logo_and_the_color(make: Make, tmp_path: Path) -> None:
    """At addresses that change with them; a color that can be read stays as it is."""
    logo = tmp_path / "logo.svg"
    logo.write_bytes(PICTURE)
    browser = Browser(make(logo=logo, color="#7A1FA2"))
    page = browser.get("/login").html

    style = page.select('link[rel="stylesheet"]')[-1]["href"]
    picture = page.find("img")["src"]
    assert "--accent: #7a1fa2;" in browser.get(style).text
    assert browser.get(picture).body == PICTURE
    assert browser.get(picture).content_type == "image/svg+xml"


def test_without_them_pages_are_as_they_come(make: Make) -> None:
    """And there is nothing at their addresses."""
    browser = Browser(make())

    assert "brand" not in browser.get("/login").text
    browser.get("/brand.css", 404)
    browser.get("/brand/logo", 404)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"color": "red"}, "color: it is not a color of the web"),
        ({"color": "#fff"}, "color: it is not a color of the web"),
        ({"logo": "nowhere.svg"}, "logo: .*nowhere.svg is no picture"),
        ({"logo": "pyproject.toml"}, "logo: .* is no picture"),
    ],
)
def test_what_is_none_is_a_fault(
    make: Make, settings: dict[str, str], problem: str
) -> None:
    """Told at the start, with the way to write it."""
    with pytest.raises(ConfigurationError, match=problem):
        make(**settings)
