"""The tables that are read from the code (``docs/declared.py``)."""

from __future__ import annotations

from importlib import util
from pathlib import Path
from types import ModuleType

import pytest

from arware.kit.web.walking import post_views
from arware.local.app import configured, joined

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def declared() -> ModuleType:
    """Return what Sphinx makes the tables with."""
    spec = util.spec_from_file_location("declared", DOCS / "declared.py")
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def first_cells(declared: ModuleType, name: str) -> list[str]:
    """Return the first cells of a table."""
    heads, rows = declared.TABLES[name]
    found = list(rows())
    assert {len(row) for row in found} == {len(heads)}
    return [row[0].strip("`") for row in found]


def test_each_number_and_each_setting_is_there(declared: ModuleType) -> None:
    """Of the core, of features and of the kit, with its value."""
    numbers = [row[:2] for row in declared.numbers()]
    settings = [row[:2] for row in declared.settings()]

    assert ("``MOST_FAILURES``", "``100``") in numbers
    assert ("``LEAST_ALONE, LEAST``", "``(15, 8)``") in numbers
    assert ("``session_minutes``", "``1440``") in settings
    assert ("``retention.addresses``", "``90``") in settings
    for kind in joined().settings:
        section = declared.section_of(kind)
        names = {f"``{section}.{name}``" for name in kind.__dataclass_fields__}
        assert names <= {name for name, _ in settings}


def test_all_that_is_kept_is_there(declared: ModuleType) -> None:
    """And the links, as long as they are good by default."""
    kept = dict(declared.kept())

    assert [*kept] == [one.what.capitalize() for one in joined().kept]
    assert kept["Addresses in events"] == "90 days"
    assert kept["Counted tries"] == "until it is over"
    assert first_cells(declared, "links") == [*joined().token_kinds]


def test_each_action_is_there(declared: ModuleType) -> None:
    """With its fields, also those that features add."""
    fields = dict(declared.actions())

    assert len(fields) == len({view.route for view in post_views(configured())})
    assert "``email``" in fields["``/login``"]
    assert "``terms``" in fields["``/signup``"]


def test_pages_ask_for_tables_that_there_are(declared: ModuleType) -> None:
    """Each of them is on a page."""
    pages = [path.read_text("utf-8") for path in DOCS.rglob("*.rst")]
    asked = {
        line.split("::")[1].strip()
        for page in pages
        for line in page.splitlines()
        if line.startswith(".. declared::")
    }

    assert asked == {*declared.TABLES}


@pytest.mark.parametrize(
    ("cell", "pieces"),
    [
        ("plain", [("plain", False)]),
        ("as ``code`` is", [("as ", False), ("code", True), (" is", False)]),
        ("see :class:`~.tries.Kind`", [("see ", False), ("tries.Kind", True)]),
        ("a * b | c_", [("a * b | c_", False)]),
    ],
)
def test_a_cell_is_text_and_code(
    declared: ModuleType, cell: str, pieces: list[tuple[str, bool]]
) -> None:
    """As comments write it; whatever else reST would see in it."""
    assert list(declared.pieces(cell)) == pieces


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86_400, "1 day"), (172_800, "2 days"), (1800, "30 minutes"), (45, "45 seconds")],
)
def test_a_span_is_said_as_people_do(
    declared: ModuleType, seconds: int, text: str
) -> None:
    """In the largest unit that it is a number of."""
    assert declared.span(seconds) == text
