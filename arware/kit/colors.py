"""Colors that text can be read in, made of one that somebody likes."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: WCAG 2.2 1.4.3: so much darker or lighter than its ground is text at least.
LEAST_CONTRAST = 4.5

_STEPS = 50


@dataclass(frozen=True, slots=True)
class Color:
    """A color of the web, in sRGB."""

    red: int
    green: int
    blue: int

    def __str__(self) -> str:
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"

    @classmethod
    def read(cls, text: str) -> Color:
        """Return the color that is written ``#2f5d50``. Raises :class:`ValueError`."""
        if not re.fullmatch("#[0-9a-fA-F]{6}", text):
            raise ValueError("not a color")
        return cls(*bytes.fromhex(text[1:]))

    @property
    def luminance(self) -> float:
        """How light it is, as WCAG 2.2 counts."""
        shares = [part / 255 for part in (self.red, self.green, self.blue)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in shares
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def contrast(self, other: Color) -> float:
        """Return how much they differ in lightness, from 1 to 21."""
        light, dark = sorted((self.luminance, other.luminance), reverse=True)
        return (light + 0.05) / (dark + 0.05)

    def mixed(self, other: Color, share: float) -> Color:
        """Return it with a *share* of another, from 0 to 1."""
        mine = (self.red, self.green, self.blue)
        others = (other.red, other.green, other.blue)
        pairs = zip(mine, others, strict=True)
        return Color(*(round(one + (two - one) * share) for one, two in pairs))

    def readable_on(self, *grounds: Color, toward: Color) -> Color:
        """Return it, as far *toward* black or white as text on *grounds* needs."""
        for step in range(_STEPS):
            color = self.mixed(toward, step / _STEPS)
            if all(color.contrast(ground) >= LEAST_CONTRAST for ground in grounds):
                return color
        return toward
