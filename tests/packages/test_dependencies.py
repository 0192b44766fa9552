"""The page about dependencies says what pyproject.toml and the packages say."""

from __future__ import annotations

from importlib.metadata import PackageMetadata, metadata

import pytest

from tests.docs.test_reference import plain, table

from .requirements import floors, needed_by, offered, requirements

PAGE = "dependencies.rst"

#: What packages write, and the page's name for it.
SPELLINGS = {
    "Apache License 2.0": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD-derived (Repoze)": "Repoze",
    "LicenseRef-Repoze-BSD-derived": "Repoze",
    "ZPL 2.1": "ZPL-2.1",
}

#: Licences whose packages an MIT-licensed one may require: they ask nothing of it.
COMPATIBLE = frozenset((
    "MIT", "BSD-3-Clause", "Apache-2.0", "Apache-2.0 OR BSD-3-Clause", "MPL-2.0",
    "LGPL-3.0-only", "Repoze", "ZPL-2.1",
))  # fmt: skip


def rows() -> dict[str, tuple[dict[str, str], str]]:
    """Return what the page says of each package: floor by extra, and licence."""
    found = {}
    for package, floor, _, _, licence in table(PAGE, "dependencies"):
        found[plain(package)] = ({"": floor}, licence)
    for package, extras, floor, _, _, licence in table(PAGE, "extras"):
        names = extras.split(", ")
        found[plain(package)] = (dict.fromkeys(names, floor), licence)
    return found


def licence_of(told: PackageMetadata) -> str:
    """Return the licence that a package tells of itself, under the page's name."""
    classifiers = told.get_all("Classifier") or []
    classified = [c for c in classifiers if c.startswith("License ::")]
    fields = (told.get(name) for name in ("License-Expression", "License"))
    text = next(filter(None, fields), None) or classified[0].rpartition(" :: ")[2]
    return SPELLINGS.get(text, text)


def test_the_page_has_every_package_with_its_floor() -> None:
    """Each one that users may get is there once, under its extras; no other is."""
    assert {name: by_extra for name, (by_extra, _) in rows().items()} == needed_by()


@pytest.mark.parametrize("name", needed_by())
def test_the_page_has_the_licence_that_the_package_tells(name: str) -> None:
    """It is what is installed beside these tests, and asks nothing of who uses it."""
    _, licence = rows()[name]

    assert licence == licence_of(metadata(name))
    assert licence in COMPATIBLE


def test_every_cell_is_filled() -> None:
    """Each package has a purpose and a reason for its floor."""
    cells = [*table(PAGE, "dependencies"), *table(PAGE, "extras")]

    assert all(all(row) for row in cells)


def test_a_package_has_one_floor() -> None:
    """Two extras that bring the same package ask for the same release of it."""
    assert len(floors()) == len(needed_by())


def test_every_extra_is_whole() -> None:
    """Each brings a package of its own."""
    assert all(requirements(extra) for extra in offered())
