"""That what comes with the library speaks three languages."""

from __future__ import annotations

from pathlib import Path

from arware import local
from arware.kit.catalogues import catalogues

HERE = Path(local.__file__).parent


def test_each_catalogue_is_there_in_spanish_and_japanese() -> None:
    """Who owns the code may drop one; here none is forgotten (AK-N12)."""
    by_folder: dict[Path, set[str]] = {}
    for path in catalogues(HERE):
        by_folder.setdefault(path.parent, set()).add(path.stem)

    assert set(map(frozenset, by_folder.values())) == {frozenset(("es", "ja"))}
