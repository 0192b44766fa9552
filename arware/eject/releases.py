"""A release of arware, as far as it is ejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from arware.version import __version__

from .fixes import FIXES, OpenFix, open_fixes, read_fixes
from .manifest import Manifest
from .options import Options
from .rendering import RELEASE, known_features, known_pages, render


@dataclass(frozen=True, slots=True)
class Release:
    """
    A *version* of arware: its *folder* ``arware/local``, and the *fixes* with it.

    A fix is for those who have earlier code; the release's own has it.
    """

    version: str
    folder: Path
    fixes: Path

    @property
    def features(self) -> tuple[str, ...]:
        """The names of its features, in their order."""
        return known_features(self.folder)

    @property
    def pages(self) -> list[str]:
        """The names of its templates."""
        return known_pages(self.folder)

    def rendered(self, options: Options) -> Mapping[str, bytes]:
        """Return what it ejects with *options*, as :func:`render` does."""
        return render(self.folder, options)

    def possible(self, options: Options) -> Options:
        """Return *options* without what this release does not have any more."""
        features = tuple(name for name in self.features if name in options.features)
        pages = tuple(name for name in self.pages if name in options.pages)
        return replace(options, features=features, pages=pages)

    def lacking(self, options: Options) -> list[str]:
        """Return its features that *options* leave out; single pages lack none."""
        known = self.features if options.package else ()
        return [name for name in known if name not in options.features]

    def open_fixes(self, manifest: Manifest) -> list[OpenFix]:
        """Return its fixes that are open by *manifest*."""
        return list(open_fixes(read_fixes(self.fixes), manifest, self.features))


INSTALLED = Release(__version__, RELEASE, FIXES)
