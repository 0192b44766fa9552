"""A release of arware, as far as it is ejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from arware.version import __version__

from .options import Options
from .rendering import RELEASE, known_features, render


@dataclass(frozen=True, slots=True)
class Release:
    """A *version* of arware, and its *folder* ``arware/local``."""

    version: str
    folder: Path

    @property
    def features(self) -> tuple[str, ...]:
        """The names of its features, in their order."""
        return known_features(self.folder)

    def rendered(self, options: Options) -> Mapping[str, bytes]:
        """Return what it ejects with *options*, as :func:`render` does."""
        return render(self.folder, options)

    def possible(self, options: Options) -> Options:
        """Return *options* without what this release does not have any more."""
        features = tuple(name for name in self.features if name in options.features)
        return replace(options, features=features)


INSTALLED = Release(__version__, RELEASE)
