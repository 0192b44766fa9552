"""How the pages look like the team's own: its logo, and its color."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from arware.kit.colors import Color
from arware.kit.readers import read_path
from arware.kit.web.static import KINDS
from arware.settings.values import InvalidValue, read_text

#: As many bytes as a logo may have: it is loaded with every first page.
LARGEST_LOGO = 256 * 1024

WHITE, BLACK = Color(255, 255, 255), Color(0, 0, 0)
#: The grounds of the style sheet, by day and by night.
DAY = Color.read("#f4f2ee"), Color.read("#fffefb")
NIGHT = Color.read("#161715"), Color.read("#1f211e")


def read_color(value: Any) -> Color | None:
    """Return a color that is written ``#2f5d50``, ``None`` for none."""
    if isinstance(value, Color):
        return value
    text = read_text(value)
    try:
        return None if text is None else Color.read(text)
    except ValueError:
        fix = "Write it like #2f5d50"
        raise InvalidValue("it is not a color of the web", fix) from None


def read_logo(value: Any) -> Path | None:
    """Return the path of a picture that is there and not too large."""
    path = read_path(value)
    if path is None:
        return None
    if path.suffix not in (".svg", ".png") or not path.is_file():
        raise InvalidValue(f"{path} is no picture", "Name an SVG or PNG file")
    if path.stat().st_size > LARGEST_LOGO:
        most = f"{LARGEST_LOGO // 1024} KiB"
        raise InvalidValue(f"{path} has more than {most}", "Make it smaller")
    return path


@dataclass(frozen=True)
class Brand:
    """A team's *color* and *logo*."""

    color: Color | None
    logo: Path | None

    @cached_property
    def style(self) -> bytes:
        """The style sheet that comes after the realm's own; empty without a color."""
        if self.color is None:
            return b""
        day = _accents(self.color, DAY, 0.1, toward=BLACK)
        night = _accents(self.color, NIGHT, 0.18, toward=WHITE)
        dark = f"@media (prefers-color-scheme: dark) {{ {night} }}"
        return f"{day}\n{dark}\n".encode()

    @cached_property
    def picture(self) -> tuple[str, bytes]:
        """The logo, after its kind."""
        if self.logo is None:
            return "", b""
        return KINDS[self.logo.suffix], self.logo.read_bytes()

    @cached_property
    def style_query(self) -> str:
        """What the address of the style sheet ends with, ``""`` if there is none."""
        return _digest(self.style)

    @cached_property
    def logo_query(self) -> str:
        """What the address of the logo ends with, ``""`` if there is none."""
        return _digest(self.picture[1])


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12] if data else ""


def _accents(
    color: Color, grounds: tuple[Color, ...], share: float, *, toward: Color
) -> str:
    """
    Return the CSS rule for the light or the dark scheme, in readable colors.

    The tint lies behind text in the accent; it has a *share* of the color.
    """
    tint = grounds[-1].mixed(color, share)
    accent = color.readable_on(*grounds, tint, toward=toward)
    strong = accent.mixed(toward, 0.2)
    on_accent = max(WHITE, BLACK, key=accent.contrast)
    return (
        f":root {{ --accent: {accent}; --accent-strong: {strong}; "
        f"--on-accent: {on_accent}; --tint: {tint}; }}"
    )
